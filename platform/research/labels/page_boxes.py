"""The page of a moment as boxes: where its parts were, never a picture or a text of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
from django.utils.translation import gettext_lazy as lazy
from numpy.typing import NDArray

from emotion.features.interface import newest_layout
from emotion.streams import stream
from emotion.windows import Track

LAYOUT: Final = "layout"
# The page sends its layout at least every 30 s, so this always reaches one.
REACH_S: Final = 60.0
SIZE: Final = 300.0
# A smaller box has no room for its name, and a card is behind its parts.
ROOM: Final = (60.0, 14.0)
# An offer can come from an estimate, and raters judge blind: its box is left out (ADR 0074).
BOX_NAMES: Final = {
    "video": lazy("video"),
    "text": lazy("text"),
    "question": lazy("question"),
    "choice": lazy("choice"),
    "answer": lazy("answer field"),
    "hint": lazy("hint"),
    "button": lazy("button"),
    "card": lazy("card"),
}
_STREAM = stream(LAYOUT)
_PLACE = [_STREAM.index(name) for name in ("x", "y", "w", "h")]
_KIND = _STREAM.index("kind")
_CODES = _STREAM.channels[_KIND].codes


@dataclass(frozen=True, slots=True)
class PageBox:
    """One box in a square of SIZE; `name` is "" where it has no room."""

    kind: str
    name: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class PageDrawing:
    """The newest layout of a moment; `counts` has the number of boxes by their name."""

    boxes: tuple[PageBox, ...]
    counts: tuple[tuple[str, int], ...]


def draw_page(track: Track | None) -> PageDrawing | None:
    """Return the newest layout, large boxes first; None where none was sensed."""
    rows = newest_layout(track) if track is not None else np.zeros((0, 0), np.float32)
    if not len(rows):
        return None
    areas = rows[:, _PLACE[2]] * rows[:, _PLACE[3]]
    drawn = [row for row in rows[np.argsort(-areas, kind="stable")] if _name_kind(row) in BOX_NAMES]
    counted = Counter(str(BOX_NAMES[_name_kind(row)]) for row in drawn)
    return PageDrawing(tuple(map(_make_box, drawn)), tuple(sorted(counted.items())))


def _name_kind(row: NDArray[np.float32]) -> str:
    code = int(row[_KIND])
    return _CODES[code] if code < len(_CODES) else ""


def _make_box(row: NDArray[np.float32]) -> PageBox:
    kind = _name_kind(row)
    x, y, width, height = (round(float(share) * SIZE, 1) for share in row[_PLACE])
    fits = kind != "card" and width >= ROOM[0] and height >= ROOM[1]
    return PageBox(kind, str(BOX_NAMES[kind]) if fits else "", x, y, width, height)
