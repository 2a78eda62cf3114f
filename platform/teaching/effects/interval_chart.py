"""Draw an interval on an axis centred at zero, as a band without a point estimate."""

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
class IntervalChart:
    """Coordinates in an SVG of 470 by 70, and the same interval in points and in words."""

    ticks: tuple[Tick, ...]
    zero: float
    x: float
    width: float
    end: float
    words: str
    low: float
    high: float


def draw_interval(low: float, high: float) -> IntervalChart:
    """Draw an interval in percentage points on a symmetric axis that reaches beyond it."""
    reach = find_reach(low, high)
    begin, end = _x_of(low, reach), _x_of(high, reach)
    ticks = [_tick(share, reach) for share in (-1.0, -0.5, 0.0, 0.5, 1.0)]
    width = round(end - begin, 1)
    return IntervalChart(
        tuple(ticks), _x_of(0, reach), begin, width, end, format_interval(low, high), low, high
    )


def find_reach(low: float, high: float) -> int:
    """Return how far a symmetric axis must reach, in whole steps."""
    return 2 * STEP * max(1, math.ceil(max(abs(low), abs(high)) / (2 * STEP)))


def format_interval(low: float, high: float) -> str:
    """Return the interval in whole numbers with signs."""
    return _("{low} to {high}").format(low=format_signed(low), high=format_signed(high))


def _x_of(points: float, reach: int) -> float:
    return round(LEFT + (RIGHT - LEFT) * (points + reach) / (2 * reach), 1)


def _tick(share: float, reach: int) -> Tick:
    anchor = {-1.0: "start", 1.0: "end"}.get(share, "middle")
    return Tick(_x_of(share * reach, reach), format_signed(share * reach), anchor)


def format_signed(value: float) -> str:
    """Return whole points with their sign."""
    whole = round(value)
    sign = MINUS if whole < 0 else "+" if whole > 0 else ""
    return f"{sign}{abs(whole)}"
