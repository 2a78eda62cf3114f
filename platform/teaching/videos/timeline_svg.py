"""The timeline of a video as places in an SVG of 812 by 408: rows on one axis of time (pure)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from teaching.class_picture.published_summary import EstimatedRange
from teaching.videos.chapters import clock
from teaching.videos.time_bins import Count, Span

LEFT, RIGHT = 128.0, 810.0
TOP_OF_GUESSES, BASE_OF_GUESSES = 292.0, 370.0
# A chapter's name is written where there is room for it: so much for each letter, at 13 px.
LETTER, MOST_DOTS = 6.6, 40
# Top and height of the three rows of what was done.
HELD_ROWS = ((40, 44), (112, 46), (188, 28))
TICKS_S = (10, 20, 30, 60, 120, 300, 600, 1200, 1800)


@dataclass(frozen=True, slots=True)
class Box:
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
class Label:
    x: float
    y: float
    text: str
    anchor: str = "start"
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Bars on a base line."""

    title: str
    unit: str
    look: str
    top: float
    base: float
    bars: tuple[Box, ...]
    labels: tuple[Label, ...]

    @property
    def title_y(self) -> float:
        return self.top + 6

    @property
    def unit_y(self) -> float:
        return self.top + 23


@dataclass(frozen=True, slots=True)
class Chart:
    """All that is drawn; `top` is the highest percentage of the estimate's axis."""

    rows: tuple[Row, ...]
    few: tuple[Box, ...]
    chapters: tuple[Label, ...]
    lines: tuple[float, ...]
    dots: tuple[tuple[float, float], ...]
    dots_few: tuple[Box, ...]
    guesses: tuple[Box, ...]
    guesses_few: tuple[Box, ...]
    guesses_unsure: tuple[Box, ...]
    grid: tuple[Label, ...]
    ticks: tuple[Label, ...]
    frame: Box


@dataclass(frozen=True, slots=True)
class Part:
    """A chapter with what was done in it, and what was guessed."""

    title: str
    span: Span
    count: Count
    stuck_told: bool
    guessed: EstimatedRange | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the chart is drawn from: bins that may be told, stretches that are held back."""

    length: float
    shown: Sequence[tuple[Span, Count]]
    held: Sequence[Span]
    parts: Sequence[Part]
    chosen: Span


def draw(of: Drawn) -> Chart:
    """Place everything; what is held back is a box and never an absent bar."""
    place, shown = _placer(of.length), of.shown
    top = _top([part.guessed for part in of.parts])
    return Chart(
        rows=(
            _row((_("Watched"), _("people"), "seen"), (40, 84), shown, lambda c: c.watched, place),
            _row((_("Replayed"), _("times"), "back"), (112, 158), shown, lambda c: c.back, place),
            _row((_("Paused"), _("times"), "pause"), (188, 216), shown, lambda c: c.paused, place),
        ),
        few=tuple(
            _box(place, held.begin, held.end, top, height)
            for held in of.held
            for top, height in HELD_ROWS
        ),
        chapters=tuple(_names(of.parts, of.chosen, place)),
        lines=tuple(place(part.span.begin) for part in of.parts),
        dots=tuple(dot for part in of.parts if part.stuck_told for dot in _dots(part, place)),
        dots_few=tuple(_band(p, place, 250, 16) for p in of.parts if not p.stuck_told),
        guesses=tuple(_guess(p, place, top) for p in of.parts if _is(p, "range")),
        guesses_few=_held_guesses(of.parts, "few", place),
        guesses_unsure=_held_guesses(of.parts, "unsure", place),
        grid=tuple(_grid(top)) if any(part.guessed for part in of.parts) else (),
        ticks=tuple(_ticks(of.length, place)),
        frame=_box(place, of.chosen.begin, of.chosen.end, 1, 384),
    )


def _placer(length: float) -> Callable[[float], float]:
    return lambda second: round(LEFT + (RIGHT - LEFT) * second / length, 1)


def _box(
    place: Callable[[float], float], begin: float, end: float, top: float, height: float
) -> Box:
    x = place(begin)
    return Box(x, top, round(max(1.0, place(end) - x), 1), height)


def _band(part: Part, place: Callable[[float], float], top: float, height: float) -> Box:
    """A little air between two neighbours, so that they are seen as two."""
    found = _box(place, part.span.begin, part.span.end, top, height)
    return Box(found.x + 2, top, max(1.0, round(found.width - 4, 1)), height)


def _row(
    words: tuple[str, str, str],
    ends: tuple[float, float],
    shown: Sequence[tuple[Span, Count]],
    value: Callable[[Count], int],
    place: Callable[[float], float],
) -> Row:
    top, base = ends
    most = max((value(count) for _, count in shown), default=0)
    bars = tuple(
        _bar(place, span, (base - top) * value(count) / most, base)
        for span, count in shown
        if value(count)
    )
    peak = next(((s, c) for s, c in shown if most and value(c) == most), None)
    label = (_peak(peak[0], most, top, place),) if peak else ()
    return Row(*words, top, base, bars, label)


def _bar(place: Callable[[float], float], span: Span, height: float, base: float) -> Box:
    box = _box(place, span.begin, span.end, base - height, height)
    return Box(box.x + 1, round(box.y, 1), max(1.0, round(box.width - 2, 1)), round(height, 1))


def _peak(span: Span, most: int, top: float, place: Callable[[float], float]) -> Label:
    """The most of a row is written over its bar."""
    return Label(place((span.begin + span.end) / 2), top - 4, str(most), "middle", True)


def _names(parts: Sequence[Part], chosen: Span, place: Callable[[float], float]) -> list[Label]:
    found = []
    for part in parts:
        x, room = place(part.span.begin) + 6, place(part.span.end) - place(part.span.begin) - 8
        text = part.title
        if len(text) * LETTER > room:
            text = text[: max(0, int(room / LETTER) - 1)].rstrip() + "…" if room > 30 else ""
        found.append(Label(x, 17, text, strong=chosen.meets(part.span.begin, part.span.end)))
    return found


def _dots(part: Part, place: Callable[[float], float]) -> list[tuple[float, float]]:
    """One for each person, evenly in the middle of the chapter: who pressed where is not said."""
    n = min(part.count.stuck, MOST_DOTS)
    begin, end = place(part.span.begin), place(part.span.end)
    gap = min(13.0, (end - begin - 12) / n)
    first = (begin + end - gap * (n - 1)) / 2
    return [(round(first + gap * at, 1), 258.0) for at in range(n)]


def _is(part: Part, kind: str) -> bool:
    return part.guessed is not None and part.guessed.kind == kind


def _top(guesses: Sequence[EstimatedRange | None]) -> int:
    most = max((found.high for found in guesses if found), default=0)
    return 60 if most <= 60 else 100


def _guess(part: Part, place: Callable[[float], float], top: int) -> Box:
    found = part.guessed
    if found is None:
        raise ValueError("expected a guess to draw, got none")
    high, low = (_height(value, top) for value in (found.high, found.low))
    return _box(place, part.span.begin, part.span.end, high, max(2.0, round(low - high, 1)))


def _height(percent: int, top: int) -> float:
    return round(BASE_OF_GUESSES - (BASE_OF_GUESSES - TOP_OF_GUESSES) * percent / top, 1)


def _held_guesses(
    parts: Sequence[Part], kind: str, place: Callable[[float], float]
) -> tuple[Box, ...]:
    height = BASE_OF_GUESSES - TOP_OF_GUESSES
    return tuple(_band(p, place, TOP_OF_GUESSES, height) for p in parts if _is(p, kind))


def _grid(top: int) -> list[Label]:
    steps = (20, 40) if top == 60 else (50, 100)
    return [Label(120, _height(step, top), str(step), "end") for step in steps]


def _ticks(length: float, place: Callable[[float], float]) -> list[Label]:
    step = next((step for step in TICKS_S if length / step <= 7), TICKS_S[-1])
    seconds = [at for at in range(0, int(length) + 1, step) if length - at > step / 3]
    found = [Label(place(at), 402, clock(at), "middle" if at else "start") for at in seconds]
    return [*found, Label(RIGHT, 402, clock(length), "end")]
