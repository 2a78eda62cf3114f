"""The picture of the page a learner sees, drawn from `layout` rows: boxes, colours, lines of text.

What paper 3 takes from screenshots is drawn here from the boxes of our own page alone: no picture
of a screen is ever taken, and no text is in it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from emotion.streams import stream
from emotion.windows import Track

SIZE = 128

_LAYOUT = stream("layout")
_BOX = [_LAYOUT.index(name) for name in ("x", "y", "w", "h")]
_COLOUR = [_LAYOUT.index(name) for name in ("r", "g", "b")]
_TEXT = _LAYOUT.index("text_length")

# Pixels from one line of text to the next, and how many characters a pixel of a line stands for.
LINE, CHARACTERS = 3, 1.0
# How much darker, or lighter on dark, a line is than its box.
CONTRAST = 0.4


def snapshot(track: Track) -> NDArray[np.float32]:
    """Return the newest layout (R, 10) of a Track: its last rows, all of one time.

    A layout that begins in the Window is whole, for its rows stand at one time; one of which any
    box, colour or length is masked loses that row.
    """
    if len(track.times) == 0:
        return np.zeros((0, len(_LAYOUT.channels)), np.float32)
    newest = (track.times == track.times[-1]) & track.mask.all(axis=1)
    return np.asarray(track.values[newest])


def draw(rows: NDArray[np.float32], size: int = SIZE) -> NDArray[np.float32]:
    """Return the picture (3, size, size), colours 0-1, of the boxes of one layout.

    Parameters
    ----------
    rows : (R, 10) float32
        As the Stream `layout`: x, y, w, h in shares of the page, r, g, b in 0-1. Large boxes are
        painted first, so that what lies inside a box is seen; of two alike the later is on top.

    Returns
    -------
    (3, size, size) float32
        White where there is no box. A box with text has lines as many as its length needs.
    """
    picture = np.ones((3, size, size), np.float32)
    areas = rows[:, _BOX[2]] * rows[:, _BOX[3]]
    for row in rows[np.argsort(-areas, kind="stable")]:
        left, top, right, bottom = _pixels(row[_BOX], size)
        box = picture[:, top:bottom, left:right]  # (3, h, w), a view
        box[:] = row[_COLOUR][:, None, None]
        _write(box, float(row[_TEXT]))
    return picture


def image(track: Track | None, size: int = SIZE) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return picture and mask (3, size, size); all masked where no layout came."""
    rows = np.zeros((0, 0), np.float32) if track is None else snapshot(track)
    if len(rows) == 0:
        return np.zeros((3, size, size), np.float32), np.zeros((3, size, size), np.bool_)
    return draw(rows, size), np.ones((3, size, size), np.bool_)


def _pixels(box: NDArray[np.float32], size: int) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom: at least one pixel, inside the picture."""
    x, y, w, h = (float(value) for value in box)
    left, top = (min(math.floor(start * size), size - 1) for start in (x, y))
    right, bottom = (min(math.ceil(end * size), size) for end in (x + w, y + h))
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _write(box: NDArray[np.float32], characters: float) -> None:
    """Draw lines of text into a box (3, h, w), from its top, until all characters stand."""
    height, width = box.shape[1:]
    step = -CONTRAST if box[:, 0, 0].mean() > 0.5 else CONTRAST
    left = math.ceil(characters / CHARACTERS)
    for at in range(1, height, LINE):
        if left <= 0:
            return
        box[:, at, : min(left, width)] += step
        np.clip(box[:, at], 0.0, 1.0, out=box[:, at])
        left -= width
