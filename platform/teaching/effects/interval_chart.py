"""A range of points as one drawing: an axis with zero in its middle, and the band; no point."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.utils.translation import gettext as _

LEFT, RIGHT = 10.0, 460.0
STEP = 15
MINUS = "\u2212"


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Places in an SVG of 470 by 70, and the same in words."""

    ticks: tuple[Tick, ...]
    zero: float
    x: float
    width: float
    end: float
    words: str


def draw(low: float, high: float) -> Chart:
    """Draw a range in points on an axis that is even around zero and reaches beyond it."""
    reach = 2 * STEP * max(1, math.ceil(max(abs(low), abs(high)) / (2 * STEP)))
    begin, end = _place(low, reach), _place(high, reach)
    ticks = [_tick(share, reach) for share in (-1.0, -0.5, 0.0, 0.5, 1.0)]
    width = round(end - begin, 1)
    return Chart(tuple(ticks), _place(0, reach), begin, width, end, words(low, high))


def words(low: float, high: float) -> str:
    """Say a range with signs, in whole numbers."""
    return _("{low} to {high}").format(low=_signed(low), high=_signed(high))


def _place(points: float, reach: int) -> float:
    return round(LEFT + (RIGHT - LEFT) * (points + reach) / (2 * reach), 1)


def _tick(share: float, reach: int) -> Tick:
    anchor = {-1.0: "start", 1.0: "end"}.get(share, "middle")
    return Tick(_place(share * reach, reach), _signed(share * reach), anchor)


def _signed(value: float) -> str:
    whole = round(value)
    sign = MINUS if whole < 0 else "+" if whole > 0 else ""
    return f"{sign}{abs(whole)}"
