"""Layout of a video's timeline as coordinates in an SVG of 812 by 408, on one time axis (pure)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from courses.timestamps import format_time
from teaching.class_picture.published_summary import EstimatedRange
from teaching.videos.time_bins import SpanCounts, TimeSpan

LEFT, RIGHT = 128.0, 810.0
ESTIMATES_TOP, ESTIMATES_BASE = 292.0, 370.0
# A chapter's name is drawn if there is room: this much per letter, at 13 px.
LETTER, MOST_DOTS = 6.6, 40
# Top and height of the three activity rows.
HELD_BACK_ROWS = ((40, 44), (112, 46), (188, 28))
TICKS_S = (10, 20, 30, 60, 120, 300, 600, 1200, 1800)


@dataclass(frozen=True, slots=True)
class SvgBox:
    x: float
    y: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        return round(self.y + self.height, 1)

    @property
    def end(self) -> float:
        return round(self.x + self.width, 1)


@dataclass(frozen=True, slots=True)
class SvgLabel:
    x: float
    y: float
    text: str
    anchor: str = "start"
    strong: bool = False


@dataclass(frozen=True, slots=True)
class BarRow:
    """Bars on a base line."""

    title: str
    unit: str
    look: str
    top: float
    base: float
    bars: tuple[SvgBox, ...]
    labels: tuple[SvgLabel, ...]

    @property
    def title_y(self) -> float:
        return self.top + 6

    @property
    def unit_y(self) -> float:
        return self.top + 23


@dataclass(frozen=True, slots=True)
class TimelineChart:
    """Everything that is drawn; `top` is the highest percentage of the estimate axis."""

    rows: tuple[BarRow, ...]
    few: tuple[SvgBox, ...]
    chapters: tuple[SvgLabel, ...]
    lines: tuple[float, ...]
    dots: tuple[tuple[float, float], ...]
    dots_few: tuple[SvgBox, ...]
    guesses: tuple[SvgBox, ...]
    guesses_few: tuple[SvgBox, ...]
    guesses_unsure: tuple[SvgBox, ...]
    grid: tuple[SvgLabel, ...]
    ticks: tuple[SvgLabel, ...]
    frame: SvgBox


@dataclass(frozen=True, slots=True)
class ChapterPart:
    """A chapter with its counts, its estimate, and its share of each of `BEHAVIOUR_STATES`."""

    title: str
    span: TimeSpan
    count: SpanCounts
    is_stuck_shown: bool
    estimate: EstimatedRange | None
    behaviour: tuple[EstimatedRange, ...] = ()


@dataclass(frozen=True, slots=True)
class ChartInput:
    """Input of the chart: bins that may be shown, and spans that are held back."""

    length: float
    shown: Sequence[tuple[TimeSpan, SpanCounts]]
    held_back: Sequence[TimeSpan]
    parts: Sequence[ChapterPart]
    chosen: TimeSpan


def draw_timeline(data: ChartInput) -> TimelineChart:
    """Lay out the chart; what is held back is a box, never a missing bar."""
    place, shown = _time_scale(data.length), data.shown
    top = _axis_top([part.estimate for part in data.parts])
    return TimelineChart(
        rows=(
            _row((_("Watched"), _("people"), "seen"), (40, 84), shown, lambda c: c.watched, place),
            _row((_("Replayed"), _("times"), "back"), (112, 158), shown, lambda c: c.back, place),
            _row((_("Paused"), _("times"), "pause"), (188, 216), shown, lambda c: c.paused, place),
        ),
        few=tuple(
            _box(place, held.begin, held.end, top, height)
            for held in data.held_back
            for top, height in HELD_BACK_ROWS
        ),
        chapters=tuple(_chapter_labels(data.parts, data.chosen, place)),
        lines=tuple(place(part.span.begin) for part in data.parts),
        dots=tuple(dot for part in data.parts if part.is_stuck_shown for dot in _dots(part, place)),
        dots_few=tuple(_band(p, place, 250, 16) for p in data.parts if not p.is_stuck_shown),
        guesses=tuple(_estimate_box(p, place, top) for p in data.parts if _has_kind(p, "range")),
        guesses_few=_held_back_boxes(data.parts, "few", place),
        guesses_unsure=_held_back_boxes(data.parts, "unsure", place),
        grid=tuple(_grid(top)) if any(part.estimate for part in data.parts) else (),
        ticks=tuple(_ticks(data.length, place)),
        frame=_box(place, data.chosen.begin, data.chosen.end, 1, 384),
    )


def _time_scale(length: float) -> Callable[[float], float]:
    return lambda second: round(LEFT + (RIGHT - LEFT) * second / length, 1)


def _box(
    place: Callable[[float], float], begin: float, end: float, top: float, height: float
) -> SvgBox:
    x = place(begin)
    return SvgBox(x, top, round(max(1.0, place(end) - x), 1), height)


def _band(part: ChapterPart, place: Callable[[float], float], top: float, height: float) -> SvgBox:
    """Return a box with a gap on both sides, so that neighbours stay distinct."""
    found = _box(place, part.span.begin, part.span.end, top, height)
    return SvgBox(found.x + 2, top, max(1.0, round(found.width - 4, 1)), height)


def _row(
    words: tuple[str, str, str],
    ends: tuple[float, float],
    shown: Sequence[tuple[TimeSpan, SpanCounts]],
    value: Callable[[SpanCounts], int],
    place: Callable[[float], float],
) -> BarRow:
    top, base = ends
    most = max((value(count) for _, count in shown), default=0)
    bars = tuple(
        _bar(place, span, (base - top) * value(count) / most, base)
        for span, count in shown
        if value(count)
    )
    peak = next(((s, c) for s, c in shown if most and value(c) == most), None)
    label = (_peak_label(peak[0], most, top, place),) if peak else ()
    return BarRow(*words, top, base, bars, label)


def _bar(place: Callable[[float], float], span: TimeSpan, height: float, base: float) -> SvgBox:
    box = _box(place, span.begin, span.end, base - height, height)
    return SvgBox(box.x + 1, round(box.y, 1), max(1.0, round(box.width - 2, 1)), round(height, 1))


def _peak_label(span: TimeSpan, most: int, top: float, place: Callable[[float], float]) -> SvgLabel:
    """Return the label of the highest bar of a row."""
    return SvgLabel(place((span.begin + span.end) / 2), top - 4, str(most), "middle", True)


def _chapter_labels(
    parts: Sequence[ChapterPart], chosen: TimeSpan, place: Callable[[float], float]
) -> list[SvgLabel]:
    found = []
    for part in parts:
        x, room = place(part.span.begin) + 6, place(part.span.end) - place(part.span.begin) - 8
        text = part.title
        if len(text) * LETTER > room:
            text = text[: max(0, int(room / LETTER) - 1)].rstrip() + "…" if room > 30 else ""
        found.append(SvgLabel(x, 17, text, strong=chosen.meets(part.span.begin, part.span.end)))
    return found


def _dots(part: ChapterPart, place: Callable[[float], float]) -> list[tuple[float, float]]:
    """Return one dot per person, evenly in the chapter, so that no dot reveals a position."""
    n = min(part.count.stuck, MOST_DOTS)
    begin, end = place(part.span.begin), place(part.span.end)
    gap = min(13.0, (end - begin - 12) / n)
    first = (begin + end - gap * (n - 1)) / 2
    return [(round(first + gap * at, 1), 258.0) for at in range(n)]


def _has_kind(part: ChapterPart, kind: str) -> bool:
    return part.estimate is not None and part.estimate.kind == kind


def _axis_top(guesses: Sequence[EstimatedRange | None]) -> int:
    most = max((found.high for found in guesses if found), default=0)
    return 60 if most <= 60 else 100


def _estimate_box(part: ChapterPart, place: Callable[[float], float], top: int) -> SvgBox:
    found = part.estimate
    if found is None:
        raise ValueError("expected a guess to draw, got none")
    high, low = (_height(value, top) for value in (found.high, found.low))
    return _box(place, part.span.begin, part.span.end, high, max(2.0, round(low - high, 1)))


def _height(percent: int, top: int) -> float:
    return round(ESTIMATES_BASE - (ESTIMATES_BASE - ESTIMATES_TOP) * percent / top, 1)


def _held_back_boxes(
    parts: Sequence[ChapterPart], kind: str, place: Callable[[float], float]
) -> tuple[SvgBox, ...]:
    height = ESTIMATES_BASE - ESTIMATES_TOP
    return tuple(_band(p, place, ESTIMATES_TOP, height) for p in parts if _has_kind(p, kind))


def _grid(top: int) -> list[SvgLabel]:
    steps = (20, 40) if top == 60 else (50, 100)
    return [SvgLabel(120, _height(step, top), str(step), "end") for step in steps]


def _ticks(length: float, place: Callable[[float], float]) -> list[SvgLabel]:
    step = next((step for step in TICKS_S if length / step <= 7), TICKS_S[-1])
    seconds = [at for at in range(0, int(length) + 1, step) if length - at > step / 3]
    found = [
        SvgLabel(place(at), 402, format_time(at), "middle" if at else "start") for at in seconds
    ]
    return [*found, SvgLabel(RIGHT, 402, format_time(length), "end")]
