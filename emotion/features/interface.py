"""The page a learner sees, from `layout` rows: a drawn picture, and twenty features of it.

Paper 3 uses screenshots (equation 6). Here the picture is drawn only from the boxes of our own
page: no screen is captured, and the picture contains no text. The paper names no features. The
twenty describe its "interface layout and color schemes" and cluttered screens by measures of
interface aesthetics: balance, symmetry, density, regularity (Ngo, Teo and Byrne 2003), clutter and
grid (Miniukovich and De Angeli 2015), colourfulness (Hasler and Süsstrunk 2003).
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
_KIND = _LAYOUT.index("kind")
_CODES = _LAYOUT.channels[_KIND].codes
_PAGE = _CODES.index("page")
_ASKING, _HELP = ("question", "choice", "answer"), ("hint", "offer")
_PRESSABLE = ("choice", "answer", "button")

NAMES = (
    "log_boxes", "kinds", "covered", "nesting", "largest",
    "video_area", "text_area", "asking_area", "help_area", "log_pressable",
    "log_text", "log_text_density", "balance_x", "balance_y", "symmetry",
    "alignment_x", "size_variety", "lightness", "contrast", "colourfulness",
)  # fmt: skip
# Positions come in hundredths of the page.
GRID = 100
# Weights of red, green and blue in luminance (ITU-R BT.709).
_BRIGHTNESS = np.array([0.2126, 0.7152, 0.0722])

# Pixels from one line of text to the next, and characters per pixel of a line.
LINE, CHARACTERS = 3, 1.0
# How much darker than its box a line is (or lighter, on a dark box).
CONTRAST = 0.4


def newest_layout(track: Track) -> NDArray[np.float32]:
    """Return the newest layout (R, 10) of a Track: its last rows, all of one time.

    A layout that begins in the Window is complete, as all its rows have one time. Rows with a
    masked box, colour or length are left out.
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
        painted first, so that boxes inside them are visible; of two equal ones the later is on top.

    Returns
    -------
    (3, size, size) float32
        White where there is no box. A box with text has as many lines as its length needs.
    """
    picture = np.ones((3, size, size), np.float32)
    areas = rows[:, _BOX[2]] * rows[:, _BOX[3]]
    for row in rows[np.argsort(-areas, kind="stable")]:
        left, top, right, bottom = _pixels(row[_BOX], size)
        box = picture[:, top:bottom, left:right]  # (3, h, w), a view
        colour = row[_COLOUR]
        box[:] = colour[:, None, None]
        _draw_text(box, colour, float(row[_TEXT]))
    return picture


def draw_newest(
    track: Track | None, size: int = SIZE
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return picture and mask (3, size, size); all masked without a layout."""
    rows = np.zeros((0, 0), np.float32) if track is None else newest_layout(track)
    if len(rows) == 0:
        return np.zeros((3, size, size), np.float32), np.zeros((3, size, size), np.bool_)
    return draw(rows, size), np.ones((3, size, size), np.bool_)


def features(track: Track | None) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the twenty features (20,) of the newest layout, `NAMES`, and their mask.

    Returns
    -------
    values : (20,) float32
        Counts and lengths as log(1 + n); areas, shares, balances in 0-1; `nesting` = mean number of
        overlapping boxes where there is any; lightness and contrast (mean and spread of luminance)
        in 0-1; colourfulness M of colours in 0-1. 0 where masked.
    mask : (20,) bool
        All False without a layout. Without a box, features of boxes are masked; without text, its
        density.
    """
    rows = np.zeros((0, 0), np.float32) if track is None else newest_layout(track)
    if len(rows) == 0:
        return np.zeros(len(NAMES), np.float32), np.zeros(len(NAMES), np.bool_)
    boxes = rows[rows[:, _KIND] != _PAGE]
    found = np.array(
        [*_measure_boxes(boxes), *_measure_order(boxes), *_measure_colours(draw(rows))]
    )
    mask = ~np.isnan(found)
    return np.where(mask, found, 0.0).astype(np.float32), mask


def _measure_boxes(boxes: NDArray[np.float32]) -> list[float]:
    """Return the amount of content: the first twelve features."""
    depth = _depth(boxes)
    text, area = float(boxes[:, _TEXT].sum()), _share(boxes[boxes[:, _TEXT] > 0])
    areas = boxes[:, _BOX[2]] * boxes[:, _BOX[3]]
    return [
        math.log1p(len(boxes)),
        len(np.unique(boxes[:, _KIND])) / (len(_CODES) - 1),
        _share(boxes),
        float(depth[depth > 0].mean()) if len(boxes) else math.nan,
        float(areas.max(initial=0.0)),
        _share(_select_kinds(boxes, "video")),
        area,
        _share(_select_kinds(boxes, *_ASKING)),
        _share(_select_kinds(boxes, *_HELP)),
        math.log1p(len(_select_kinds(boxes, *_PRESSABLE))),
        math.log1p(text),
        math.log1p(text / area) if area else math.nan,
    ]


def _measure_order(boxes: NDArray[np.float32]) -> list[float]:
    """Return the arrangement: balance, symmetry, alignment, variety; NaN without a box."""
    if not len(boxes):
        return [math.nan] * 5
    there = _depth(boxes) > 0  # (GRID, GRID)
    left, _, width, height = (np.round(boxes[:, at] * GRID) for at in _BOX)
    sizes = np.unique(np.stack([width, height], axis=1), axis=0)
    return [
        _balance(there.sum(axis=0)),
        _balance(there.sum(axis=1)),
        float(there[:, ::-1][there].mean()),
        1.0 - (len(np.unique(left)) - 1) / len(boxes),
        len(sizes) / len(boxes),
    ]


def _measure_colours(picture: NDArray[np.float32]) -> list[float]:
    """Return lightness, contrast and colourfulness of a picture (3, h, w)."""
    red, green, blue = (channel.astype(np.float64) for channel in picture)
    bright = np.tensordot(_BRIGHTNESS, picture, axes=1)
    opponents = np.stack([red - green, 0.5 * (red + green) - blue])  # (2, h, w)
    spread, mean = opponents.std(axis=(1, 2)), opponents.mean(axis=(1, 2))
    colourful = math.hypot(*spread) + 0.3 * math.hypot(*mean)
    return [float(bright.mean()), float(bright.std()), colourful]


def _select_kinds(boxes: NDArray[np.float32], *kinds: str) -> NDArray[np.float32]:
    return boxes[np.isin(boxes[:, _KIND], [_CODES.index(kind) for kind in kinds])]


def _depth(boxes: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return (GRID, GRID): the number of boxes on each part of the page."""
    depth = np.zeros((GRID, GRID), np.int64)
    for x, y, w, h in np.asarray(boxes[:, _BOX], np.float64) * GRID:
        left, top = (min(round(start), GRID - 1) for start in (x, y))
        depth[top : max(round(y + h), top + 1), left : max(round(x + w), left + 1)] += 1
    return depth


def _share(boxes: NDArray[np.float32]) -> float:
    """Return the share of the page that is covered by boxes."""
    return float((_depth(boxes) > 0).mean())


def _balance(weights: NDArray[np.int64]) -> float:
    """Return 1 if both halves about the middle have equal weight, 0 if one has all."""
    arms = np.arange(len(weights)) + 0.5 - len(weights) / 2
    moments = weights * arms
    before, after = -moments[arms < 0].sum(), moments[arms > 0].sum()
    return float(min(before, after) / max(before, after))


def _pixels(box: NDArray[np.float32], size: int) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom: at least one pixel, inside the picture."""
    x, y, w, h = (float(value) for value in box)
    left, top = (min(math.floor(start * size), size - 1) for start in (x, y))
    right, bottom = (min(math.ceil(end * size), size) for end in (x + w, y + h))
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _draw_text(box: NDArray[np.float32], colour: NDArray[np.float32], characters: float) -> None:
    """Draw lines of text into a box (3, h, w) of one colour, until all characters are drawn."""
    left = math.ceil(characters / CHARACTERS)
    if left <= 0:
        return
    height, width = box.shape[1:]
    step = -CONTRAST if colour.mean() > 0.5 else CONTRAST
    text = np.clip(colour + np.float32(step), 0.0, 1.0)[:, None]  # (3, 1)
    lines = range(1, height, LINE)
    whole, rest = divmod(left, width)
    box[:, 1 : 1 + LINE * whole : LINE] = text[..., None]
    if whole < len(lines):
        box[:, lines[whole], :rest] = text
