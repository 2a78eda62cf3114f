"""Draw lines: one small panel for each curve of shares, or several lines over one axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from charts.numerals import format_decimal
from charts.svg import Drawing, draw_path, draw_text, number

Points = Sequence[tuple[float, float]]
# Of a panel, and between panels.
SIDE, GAP_X, GAP_Y, ACROSS = 124, 36, 54, 3
WIDTH, LEFT, TOP, FOOT = 480, 52, 16, 240


@dataclass(frozen=True, slots=True)
class Panel:
    """A curve of two shares, 0 to 1, below its name; `text` is its figure."""

    name: str
    text: str
    points: tuple[tuple[float, float], ...]


def draw_panels(panels: Sequence[Panel], *, across: str, up: str) -> Drawing:
    """Draw a square panel for each curve, with the diagonal on which both shares are equal."""
    parts = []
    for at, panel in enumerate(panels):
        x = 30 + (SIDE + GAP_X) * (at % ACROSS)
        y = 42 + (SIDE + GAP_Y) * (at // ACROSS)
        parts += _draw_panel(panel, x, y)
    rows = -(-len(panels) // ACROSS)
    width = 30 + (SIDE + GAP_X) * min(ACROSS, max(1, len(panels)))
    foot = 42 + (SIDE + GAP_Y) * rows - GAP_Y + 22
    parts += [
        draw_text(0, 12, f"↑ {up}", "f"),
        draw_text(30, foot + 18, f"→ {across}", "f"),
    ]
    return Drawing(max(width, 300), foot + 24, tuple(parts))


@dataclass(frozen=True, slots=True)
class CurveLine:
    """A line through points; `look` is its class."""

    points: tuple[tuple[float, float], ...]
    look: str = "line"


def draw_lines(lines: Sequence[CurveLine], *, across: str, up: str, digits: int = 2) -> Drawing:
    """Draw lines over one axis, from the smallest to the largest value of each axis."""
    xs = [x for line in lines for x, _y in line.points]
    ys = [y for line in lines for _x, y in line.points]
    ends = (min(xs), max(xs)), (min(ys), max(ys))
    parts = [
        *_draw_ticks(*ends, digits),
        draw_text(LEFT, 10, f"↑ {up}", "f"),
        draw_text(WIDTH - 16, FOOT + 38, f"→ {across}", "f", "end"),
    ]
    for line in lines:
        places = [(_place_x(x, ends[0]), _place_y(y, ends[1])) for x, y in line.points]
        parts.append(draw_path(places, line.look))
    return Drawing(WIDTH, FOOT + 44, tuple(parts))


def _draw_panel(panel: Panel, x: float, y: float) -> list[str]:
    right, foot = x + SIDE, y + SIDE
    corners = [(x, y), (right, y), (right, foot), (x, foot), (x, y)]
    places = [(x + SIDE * across, foot - SIDE * up) for across, up in panel.points]
    return [
        draw_text(x, y - 8, panel.name, "s"),
        draw_text(right - 6, foot - 8, panel.text, "t", "end"),
        draw_path(corners, "axis"),
        draw_path([(x, foot), (right, y)], "even"),
        draw_path(places, "line"),
        draw_text(x - 4, foot + 4, "0", "f", "end"),
        draw_text(x - 4, y + 8, "1", "f", "end"),
        draw_text(right, foot + 16, "1", "f", "middle"),
    ]


def _draw_ticks(xs: tuple[float, float], ys: tuple[float, float], digits: int) -> list[str]:
    parts = []
    for share in (0.0, 0.5, 1.0):
        value = ys[0] + (ys[1] - ys[0]) * share
        y = _place_y(value, ys)
        parts.append(draw_path([(LEFT, y), (WIDTH - 16, y)], "axis"))
        parts.append(draw_text(LEFT - 6, y + 4, format_decimal(value, digits), "f", "end"))
    for value in xs:
        parts.append(draw_text(_place_x(value, xs), FOOT + 18, number(value), "f", "middle"))
    return parts


def _place_x(value: float, ends: tuple[float, float]) -> float:
    return LEFT + (WIDTH - 16 - LEFT) * (value - ends[0]) / ((ends[1] - ends[0]) or 1)


def _place_y(value: float, ends: tuple[float, float]) -> float:
    return FOOT - (FOOT - TOP - 8) * (value - ends[0]) / ((ends[1] - ends[0]) or 1)
