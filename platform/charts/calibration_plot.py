"""Draw how sure a model was against how often it was right, and below it how often it was so sure.

On the dashed line both are equal. Below it the model is too sure, above it too cautious.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from charts.svg import Drawing, draw_box, draw_dot, draw_path, draw_text

LEFT, RIGHT, TOP, FOOT = 44, 422, 10, 260
BARS_TOP, BARS_FOOT = 306, 346
WIDTH, HEIGHT = 440, 356
TICKS: Final = (0, 25, 50, 75, 100)
BAR, RANGE = 20, 10


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """Estimates of similar confidence, in percent: confidence, share right, its interval, count."""

    said: float
    right: float
    low: float | None
    high: float | None
    n: int


def draw_calibration(points: Sequence[CalibrationPoint]) -> Drawing:
    """Draw one dot for each group of estimates, in order of confidence."""
    parts = [*_draw_axes(), *(_draw_point(point) for point in points), *_draw_counts(points)]
    return Drawing(WIDTH, HEIGHT, tuple(parts))


def describe_calibration(points: Sequence[CalibrationPoint]) -> str:
    """Return the drawing in words."""
    return " ".join(
        _("Said {said}%, right {right}%.").format(said=round(point.said), right=round(point.right))
        for point in points
    )


def _draw_axes() -> list[str]:
    parts = []
    for tick in TICKS:
        x, y = _x(tick), _y(tick)
        parts += [
            draw_path([(LEFT, y), (RIGHT, y)], "axis"),
            draw_path([(x, TOP), (x, FOOT)], "axis"),
            draw_text(LEFT - 8, y + 4, str(tick), "f", "end"),
            draw_text(x, FOOT + 18, str(tick), "f", "middle"),
        ]
    return [
        *parts,
        draw_path([(_x(0), _y(0)), (_x(100), _y(100))], "even"),
        draw_text(_x(3), _y(93), _("was right, %")),
        draw_text(_x(98), _y(3), _("how sure it was, %"), anchor="end"),
        draw_text(_x(36), _y(60), _("too cautious"), "f", "middle"),
        draw_text(_x(78), _y(38), _("too sure"), "f", "middle"),
    ]


def _draw_point(point: CalibrationPoint) -> str:
    x, span = _x(point.said), ""
    if point.low is not None and point.high is not None:
        top = _y(point.high)
        span = draw_box(x - RANGE / 2, top, RANGE, _y(point.low) - top, "range")
    return span + draw_dot(x, _y(point.right))


def _draw_counts(points: Sequence[CalibrationPoint]) -> list[str]:
    most = max((point.n for point in points), default=1)
    heights = [(BARS_FOOT - BARS_TOP) * point.n / most for point in points]
    return [
        *(
            draw_box(_x(point.said) - BAR / 2, BARS_FOOT - height, BAR, height, "bar")
            for point, height in zip(points, heights, strict=True)
        ),
        draw_path([(LEFT, BARS_FOOT), (RIGHT, BARS_FOOT)], "axis"),
        draw_text(LEFT, BARS_TOP - 4, _("how often"), "f"),
    ]


def _x(percent: float) -> float:
    return LEFT + (RIGHT - LEFT) * percent / 100


def _y(percent: float) -> float:
    return FOOT - (FOOT - TOP) * percent / 100
