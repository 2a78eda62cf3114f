"""Clips of a real face that a pulse runs through, or that only moves, as Chromium's camera.

Whose face it is stands in tests/data/face-clip.txt. The picture is still; what changes is planted.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from emotion.signals import rppg
from tests.emotion.signals.skins import BLOOD

FACE = Path(__file__).resolve().parents[1] / "data" / "astronaut-face.jpg"
# Where Chromium cannot keep up it plays a file slower, with every rate in it: 20 leave it room.
FPS, SECONDS = 20, 10
WIDTH, HEIGHT = 320, 240
# Room at either side for the face to move into.
MARGIN = 16
# In the lower left corner stands a picture's number: blocks of so many pixels, dark or bright.
BLOCK, BITS = 8, 8
DARK, BRIGHT = 16, 235
# BT.601 in the range that video uses.
YUV = np.array([[65.5, 128.6, 25.0], [-37.8, -74.2, 112.0], [112.0, -93.8, -18.2]]) / 255
LEVEL = np.array([16.0, 128.0, 128.0])


@dataclass(frozen=True)
class Clip:
    """Ten seconds that may be played round and round: whole waves of all that changes.

    `bpm` and `amplitude` (share of the colour) of the pulse, none where `bpm` is 0; `sway` in
    pixels, the mean of waves of `hz`; `light` the share by which the moving head dims.
    """

    bpm: float = 0
    amplitude: float = 0.01
    sway: float = 1.5
    light: float = 0.0
    hz: tuple[float, ...] = (0.2,)

    def waves(self) -> tuple[np.ndarray, np.ndarray]:
        """Of each frame (N,): where in a beat it lies and where the head is, both -1 to 1."""
        at = np.arange(FPS * SECONDS) / FPS
        beat = np.sin(2 * np.pi * self.bpm / 60 * at)
        return beat, sum(np.sin(2 * np.pi * hz * at) for hz in self.hz) / len(self.hz)

    def green_alone(self) -> rppg.Peak:
        """What the green of still skin in it would be taken for."""
        beat, head = self.waves()
        green = (1 + self.light * head) * (1 + self.amplitude * BLOOD[1] * beat * (self.bpm > 0))
        return rppg.peak(np.abs(rppg.spectrum(green, FPS)) ** 2)


def write(clip: Clip, file: Path) -> Path:
    """Write `clip` as raw video; 23 MB."""
    rng = np.random.default_rng(1)
    still, blood = planes()
    grain = [rng.normal(0, 1, plane.shape) for plane in still]
    # Grain that came round again before the clip does would be a faint pulse of its own.
    places = rng.integers(HEIGHT, size=(FPS * SECONDS, 2))
    with file.open("wb") as out:
        out.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FPS}:1 Ip A1:1 C420jpeg\n".encode())
        for number, (beat, head) in enumerate(zip(*clip.waves(), strict=True)):
            out.write(b"FRAME\n")
            for index, parts in enumerate(zip(still, blood, grain, strict=True)):
                out.write(frame(clip, index, parts, (beat, head), number, places[number]))
    return file


def frame(clip: Clip, index: int, parts, waves, number: int, place) -> bytes:
    """One plane of one frame, its grain moved to `place`."""
    still, blood, grain = parts
    beat, head = waves
    changed = (still + clip.amplitude * beat * blood) * (1 + clip.light * head)
    moved = shifted(changed, clip.sway * head / (1 if index == 0 else 2), 1 if index == 0 else 2)
    noise = np.roll(grain, place, axis=(0, 1))[:, : moved.shape[1]]
    drawn = np.clip(moved + noise + LEVEL[index], 0, 255).round().astype(np.uint8)
    if index == 0:
        bits = [BRIGHT if number >> bit & 1 else DARK for bit in range(BITS)]
        drawn[-BLOCK:, : BITS * BLOCK] = np.repeat(bits, BLOCK)
    return drawn.tobytes()


def shifted(plane: np.ndarray, by: float, coarse: int) -> np.ndarray:
    """The middle of a plane moved by a part of a pixel, straight between neighbours."""
    left = MARGIN // coarse - by
    first, share = int(np.floor(left)), left - np.floor(left)
    width = WIDTH // coarse
    return (1 - share) * plane[:, first : first + width] + share * plane[
        :, first + 1 : first + 1 + width
    ]


def planes() -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Y, U and V of the face, and what a full beat adds to each."""
    size = (WIDTH + 2 * MARGIN, (WIDTH + 2 * MARGIN) * 3 // 4)
    whole = Image.open(FACE).convert("RGB").resize(size, Image.Resampling.LANCZOS)
    rgb = np.asarray(whole, np.float64)[:HEIGHT]
    return in_video(rgb), in_video(rgb * BLOOD * skin(rgb)[:, :, None])


def skin(rgb: np.ndarray) -> np.ndarray:
    """How much of a pixel is skin, 0-1: reddish and not dark, softly bounded."""
    red, green, blue = np.moveaxis(rgb, 2, 0)
    return gaussian_filter(((red > 110) & (red > 1.15 * green) & (green > blue)).astype(float), 2)


def in_video(rgb: np.ndarray) -> list[np.ndarray]:
    luma, *chroma = np.moveaxis(rgb @ YUV.T, 2, 0)
    rows, columns = luma.shape
    quarters = [c.reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3)) for c in chroma]
    return [luma, *quarters]
