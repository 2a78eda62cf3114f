"""A real face whose eyes are turned by warping the picture, and a page that has it looked at.

The pictures go into the same worker that looks at a camera; what comes out is unpacked by the same
module. Whose face it is stands in tests/data/face-clip.txt.
"""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image
from scipy.ndimage import map_coordinates

from tests.browser.conftest import ROOT

FACE = ROOT / "tests" / "data" / "astronaut-face.jpg"
SIZE = (640, 480)
# Centres of both irises in the enlarged picture, and how far around them the picture moves.
IRISES = ((258, 203), (367, 209))
REACH = 15
LOOK = """
async ({pictures, backend, streams}) => {
    const folder = '/static/js/sensors/face/';
    const {LENGTH, unpack} = await import(folder + 'message.js');
    const {startWorker} = await import('/static/js/lib/trusted.js');
    const worker = startWorker(new URL(folder + 'worker.js', location.href));
    let settle;
    worker.onerror = (event) => settle({word: event.message});
    worker.onmessage = ({data}) => data.length === LENGTH && settle(unpack(data));
    const answer = (message, moved = []) => new Promise((resolve) => {
        settle = resolve;
        worker.postMessage(message, moved);
    });
    const seen = [await answer({streams, known: {}, backend, frames: null})];
    if (seen[0].word !== 'opening') return seen;
    for (const picture of pictures) {
        const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
        const bitmap = await createImageBitmap(new Blob([bytes]));
        seen.push(await answer(bitmap, [bitmap]));
    }
    worker.terminate();
    return seen;
}
"""


def glancing(by: float) -> bytes:
    """The face with both irises `by` pixels farther to the picture's right, as a PNG."""
    picture = np.asarray(Image.open(FACE).convert("RGB").resize(SIZE, Image.Resampling.LANCZOS))
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]].astype(float)
    pull = np.zeros_like(columns)
    for x, y in IRISES:
        apart = np.hypot(columns - x - by / 2, rows - y) / REACH
        pull = np.maximum(pull, np.exp(-(apart**4)))
    places = [rows, columns - by * pull]
    turned = [map_coordinates(picture[:, :, c], places, order=1, mode="nearest") for c in range(3)]
    return png(np.stack(turned, axis=-1))


def empty() -> bytes:
    """A picture of the same size with nobody in it: a wall in uneven light."""
    light = np.linspace(90, 170, SIZE[0])[None, :] + np.linspace(-20, 20, SIZE[1])[:, None]
    return png(np.repeat(light[:, :, None], 3, axis=2))


def png(pixels: np.ndarray) -> bytes:
    kept = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(kept, "PNG")
    return kept.getvalue()


def looked_at(page, pictures: list[bytes], backend: str) -> list[dict]:
    """What the worker says of each picture, after its first word."""
    told = [base64.b64encode(picture).decode() for picture in pictures]
    asked = {"pictures": told, "backend": backend, "streams": ["face", "gaze"]}
    first, *seen = page.evaluate(LOOK, asked)
    assert first["word"] == "opening", first
    return seen
