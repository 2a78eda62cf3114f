"""Draw values with their intervals below each other, and what they are compared with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from charts.svg import LETTER, Drawing, draw_box, draw_dot, draw_gap, draw_path, draw_text, fit_name

STEP, SUB_STEP, BAR = 44, 26, 18
LEFT_LEAST, LEFT_MOST = 96, 230
# Of the axis, of the texts after it, and of the value before its interval.
WIDE, ROOM, VALUE = 240, 136, 40


@dataclass(frozen=True, slots=True)
class ForestRow:
    """A value and its interval; `mark` is what it is compared with, `under` a second line.

    `text` and `span` are the value and its interval as texts at the end of the row.

    `value` None with an interval = an interval alone, without a best guess. `gap` = why there is
    nothing, such as too few people. `heading` is a row that only names the ones below it.
    """

    name: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    mark: float | None = None
    under: str = ""
    text: str = ""
    span: str = ""
    gap: str = ""
    heading: bool = False


@dataclass(frozen=True, slots=True)
class ForestAxis:
    """The axis: its ends and ticks with their texts, and the line that means no effect.

    `source` is "" for estimates and "-act" for course facts.
    """

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    line: float | None = None
    line_text: str = ""
    source: str = ""


def draw_forest(rows: Sequence[ForestRow], axis: ForestAxis) -> Drawing:
    """Draw one line for each row; the texts at its end are the value and its interval."""
    longest = max((len(text) for row in rows for text in (row.name, row.under)), default=0)
    left = min(LEFT_MOST, max(LEFT_LEAST, 14 + LETTER * longest))
    step = STEP if any(row.under for row in rows) else SUB_STEP + 4
    top = 32 if axis.line_text else 18
    foot = top - 4 + step * len(rows)
    parts = _draw_axis(axis, left, foot)
    indent = 12 if any(row.heading for row in rows) else 0
    for at, row in enumerate(rows):
        parts += _draw_row(row, axis, left, top + step * at, indent)
    return Drawing(left + WIDE + ROOM, foot + 26, tuple(parts))


def fit_axis(
    values: Sequence[float], *, least: float, most: float, step: float
) -> tuple[float, float]:
    """Return ends on whole steps around all values, at least from `least` to `most`."""
    low = min((math.floor(value / step) * step for value in values), default=least)
    high = max((math.ceil(value / step) * step for value in values), default=most)
    return min(low, least), max(high, most)


def _draw_axis(axis: ForestAxis, left: float, foot: float) -> list[str]:
    parts = []
    top = 16 if axis.line_text else 4
    for tick, text in axis.ticks:
        x = _x(tick, axis, left)
        parts.append(draw_path([(x, top), (x, foot)], "axis"))
        parts.append(draw_text(x, foot + 18, text, "f", "middle"))
    if axis.line is not None:
        x = _x(axis.line, axis, left)
        parts.append(draw_path([(x, top), (x, foot)], "even"))
        if axis.line_text:
            parts.append(draw_text(x, 10, axis.line_text, "f", "middle"))
    return parts


def _draw_row(row: ForestRow, axis: ForestAxis, left: float, y: float, indent: int) -> list[str]:
    name = fit_name(row.name, LEFT_MOST)
    parts = [draw_text(0 if row.heading else indent, y + 5, name, _name_look(row))]
    if row.under:
        parts.append(draw_text(0, y + 21, row.under, "f"))
    if row.gap:
        # On a field, so that no line of the axis crosses the words.
        room = 60 + LETTER * len(row.gap)
        gap = [draw_gap(left, y - 8, 44, 16, room), draw_text(left + 52, y + 5, row.gap, "f")]
        return [*parts, *gap]
    if row.low is not None and row.high is not None:
        low, high = (_x(value, axis, left) for value in (row.low, row.high))
        top, foot = y - BAR / 2, y + BAR / 2
        parts += [
            draw_box(low, top, high - low, BAR, f"range{axis.source}"),
            draw_path([(low, top), (low, foot)], f"ends{axis.source}"),
            draw_path([(high, top), (high, foot)], f"ends{axis.source}"),
        ]
    if row.value is not None:
        parts.append(draw_dot(_x(row.value, axis, left), y, 6, f"dot{axis.source}"))
    if row.mark is not None:
        at = _x(row.mark, axis, left)
        parts.append(draw_path([(at, y - 12), (at, y + 12)], "mark"))
    if row.text:
        parts.append(draw_text(left + WIDE + 14, y + 5, row.text, "s"))
    if row.span:
        parts.append(draw_text(left + WIDE + 14 + VALUE, y + 5, row.span))
    return parts


def _name_look(row: ForestRow) -> str:
    return "s" if row.heading or row.under else "t"


def _x(value: float, axis: ForestAxis, left: float) -> float:
    inside = min(axis.high, max(axis.low, value))
    return left + WIDE * (inside - axis.low) / (axis.high - axis.low)
