"""Text on a picture, by the two networks that the package `rapidocr` carries (PP-OCRv6 small).

Of the package only these files are used, so OpenCV and its other dependencies are not needed
(ADR 0066). One finds the pixels of text lines, the other reads each line. Lines are horizontal:
slides are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from emotion.semantics.model_packages import ModelPackage

DETECTOR, RECOGNIZER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
PACKAGE = ModelPackage(
    "rapidocr",
    "models",
    {
        DETECTOR: "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
        RECOGNIZER: "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
    },
    runtime="onnxruntime",
)

# As PaddleOCR publishes them for these networks.
TEXT_PIXEL, TEXT_LINE, GROWTH, LINE_HEIGHT = 0.3, 0.5, 1.6, 48
# A line with a lower mean probability of its characters is left out; assumed.
READABLE = 0.8
# Lines narrower or lower than this have no letters that can be read, in pixels; assumed.
SMALLEST = 5

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class TextBox:
    """Pixels [top, bottom) × [left, right) of a picture that hold one line."""

    top: int
    bottom: int
    left: int
    right: int


def read_text(picture: Picture) -> str:
    """Return the lines on `picture` (H, W, 3) RGB from top to bottom; H and W multiples of 32."""
    lines = [_read_line(picture, box) for box in sort_boxes(find_boxes(picture))]
    return "\n".join(line for line in lines if line)


def find_boxes(picture: Picture) -> list[TextBox]:
    """Return where `picture` has lines of text, in no order."""
    found = _run(DETECTOR, _scale(picture)[None])[0, 0]  # (H, W): probability of text
    labels, _ = ndimage.label(ndimage.binary_dilation(found > TEXT_PIXEL), np.ones((3, 3)))
    areas = ndimage.find_objects(labels)
    sure = [area for area in areas if area and found[area].mean() > TEXT_LINE]
    boxes = [_grow(*area, shape=found.shape) for area in sure]
    return [b for b in boxes if min(b.bottom - b.top, b.right - b.left) >= SMALLEST]


def _grow(rows: slice, columns: slice, *, shape: tuple[int, ...]) -> TextBox:
    """Undo the shrinking of the detector's training targets."""
    height, width = rows.stop - rows.start, columns.stop - columns.start
    margin = round(GROWTH * height * width / (2 * (height + width)))
    return TextBox(
        max(0, rows.start - margin),
        min(shape[0], rows.stop + margin),
        max(0, columns.start - margin),
        min(shape[1], columns.stop + margin),
    )


def sort_boxes(boxes: Iterable[TextBox]) -> list[TextBox]:
    """Return boxes in reading order: a box begins a new row below the middle of the last one."""
    rows: list[list[TextBox]] = []
    for box in sorted(boxes, key=lambda box: box.top + box.bottom):
        if rows and (box.top + box.bottom) / 2 < rows[-1][0].bottom:
            rows[-1].append(box)
        else:
            rows.append([box])
    return [box for row in rows for box in sorted(row, key=lambda box: box.left)]


def _read_line(picture: Picture, box: TextBox) -> str:
    """Return the text of one line; "" if it is not readable."""
    line = Image.fromarray(picture[box.top : box.bottom, box.left : box.right])
    width = max(LINE_HEIGHT, round(line.width * LINE_HEIGHT / line.height))
    resized = np.asarray(line.resize((width, LINE_HEIGHT), Image.Resampling.BILINEAR))
    chances = _run(RECOGNIZER, _scale(resized)[None])[0]  # (T, characters)
    return decode(chances.argmax(axis=1), chances.max(axis=1), _characters())


def decode(best: NDArray[np.int64], chance: NDArray[np.float32], characters: list[str]) -> str:
    """Return the text of the best classes (T,), by CTC: runs count once, class 0 is no character.

    "" if its characters are unsure on average.
    """
    runs = [next(run) for _, run in groupby(range(len(best)), key=lambda step: best[step])]
    read = [step for step in runs if best[step]]
    if not read or chance[read].mean() < READABLE:
        return ""
    return "".join(characters[best[step] - 1] for step in read).strip()


def _scale(picture: Picture) -> NDArray[np.float32]:
    """Return (3, H, W) in −1…1, blue first, as the networks were trained."""
    return picture[..., ::-1].transpose(2, 0, 1).astype(np.float32) / 127.5 - 1


def _run(name: str, batch: NDArray[np.float32]) -> NDArray[np.float32]:
    session = _load(name)
    found: NDArray[np.float32] = session.run(None, {session.get_inputs()[0].name: batch})[0]
    return found


@cache
def _load(name: str) -> Any:
    folder = PACKAGE.open()
    from emotion.semantics.onnx_session import open_session

    return open_session(folder / name)


@cache
def _characters() -> list[str]:
    told = _load(RECOGNIZER).get_modelmeta().custom_metadata_map["character"]
    return [*told.split("\n"), " "]
