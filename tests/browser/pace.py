"""How fast a clip really went: where Chromium cannot keep up it plays its file more slowly.

Each picture of a clip of `pulses` carries its number; the page of the test reads it, with the time
when the picture was taken, beside the product and from the same camera. So what a sensor says of a
wave in the clip is compared with the wave as it passed before it.
"""

from __future__ import annotations

import numpy as np

from emotion.signals import rppg
from tests.browser.pulses import BITS, BLOCK, FPS, HEIGHT, SECONDS

# `pictures`: taken (the camera's clock) and read (the page's), in ms, and the number. `said`: what
# left the camera's worker of a heart that is known: when, and the row.
SPY = f"""
    window.pictures = []; window.said = [];
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wish) => {{
        const media = await ask(wish);
        read(media.getVideoTracks()[0].clone());
        return media;
    }};
    window.Worker = class extends Worker {{
        constructor(...how) {{
            super(...how);
            this.addEventListener('message', ({{data}}) => {{
                if (data.length === 6 && data[2] > 0) said.push([...data].slice(1));
            }});
        }}
    }};
    const canvas = new OffscreenCanvas({BITS}, 1);
    const context = canvas.getContext('2d', {{willReadFrequently: true}});
    context.imageSmoothingEnabled = false;
    const corner = [0, {HEIGHT - BLOCK}, {BITS * BLOCK}, {BLOCK}, 0, 0, {BITS}, 1];
    function number(picture) {{
        context.drawImage(picture, ...corner);
        const {{data}} = context.getImageData(0, 0, {BITS}, 1);
        const bright = (bit) => data[4 * bit] > 127;
        return [...Array({BITS}).keys()].reduce((sum, bit) => sum + bright(bit) * 2 ** bit, 0);
    }}
    async function read(track) {{
        const {{readable}} = new MediaStreamTrackProcessor({{track, maxBufferSize: 20}});
        const reader = readable.getReader();
        for (let next = await reader.read(); !next.done; next = await reader.read()) {{
            const at = performance.timeOrigin + performance.now();
            pictures.push([next.value.timestamp / 1000, at, number(next.value)]);
            next.value.close();
        }}
    }}
"""


def clocks_apart(pictures: np.ndarray) -> float:
    """By what share the camera's clock goes faster than the page's."""
    taken, read, _ = pictures.T
    return np.polyfit(read - read[0], taken - taken[0], 1)[0] - 1


def pace(pictures: np.ndarray) -> float:
    """How fast the clip went, 1 = as it was made."""
    taken, _, numbers = pictures.T
    shown = np.unwrap(numbers, period=FPS * SECONDS)
    return float(1000 * (shown[-1] - shown[0]) / FPS / (taken[-1] - taken[0]))


def rate_before(pictures: np.ndarray, bpm: float, end_ms: float) -> float:
    """The strongest rate, a minute, in the ten seconds to `end_ms` (the page's clock) of a wave of
    `bpm` in the clip as its pictures `pictures` (N, 3) were taken."""
    taken, read, numbers = pictures.T
    wave = np.sin(2 * np.pi * bpm / 60 * numbers / FPS)
    steps = np.arange(round(rppg.WINDOW_S * rppg.RATE_HZ))[::-1]
    grid = end_ms - 1000 * steps / rppg.RATE_HZ
    # As in the product: the least wait of a picture is the camera's own.
    even = np.interp(grid, taken + np.min(read - taken), wave)
    return rppg.peak(np.abs(rppg.spectrum(even, rppg.RATE_HZ)) ** 2).bpm
