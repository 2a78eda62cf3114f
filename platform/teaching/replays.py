"""The last days replayed, as the studio shows them: figures of a group, and a picture by day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.utils import timezone

from adaptation import replay, rules
from adaptation.replay import Days, Figures
from courses.models import Course
from interventions.rules import Rule

DAYS: Final = 7
LEFT, BASE, HIGH, WIDE = 40, 118, 100, 62
SQUARE: Final = 13.0
DASH: Final = "–"


@dataclass(frozen=True, slots=True)
class Mark:
    """One offer, or a stack of them: `then` is how the next answer on the skill came out."""

    x: float
    y: float
    high: float
    then: str


@dataclass(frozen=True, slots=True)
class Day:
    name: str
    x: float
    count: int
    top: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    days: tuple[Day, ...]
    label: str
    wrong: int
    right: int
    none: int


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    on: str
    draft: str


@dataclass(frozen=True, slots=True)
class Shown:
    """`few` is the floor where nothing may be told; `figures` are those of the draft."""

    simulated: bool = False
    few: int = 0
    about: bool = False
    figures: Figures | None = None
    chart: Chart | None = None
    lines: tuple[Line, ...] = ()


def look_back(course: Course, draft: Rule, on: Rule | None, *, now: datetime) -> Shown | None:
    """The draft in the place of the version that is on, beside that version; None = not allowed,
    or too few people."""
    days = replay.look_back(course, DAYS, now=now)
    if days is None:
        return None
    acting = rules.on_in(course)
    others = [rule for rule in acting if rule.id != draft.id]
    found = replay.figures(days, replay.run(days, [*others, draft]), draft)
    before = replay.figures(days, replay.run(days, acting), on) if on else None
    return _shown(days, found, before)


def _shown(days: Days, found: Figures, before: Figures | None) -> Shown:
    if found.offers is None:
        return Shown(days.simulated, few=days.floor)
    return Shown(
        days.simulated,
        about=not days.simulated,
        figures=found,
        chart=_chart(found, days),
        lines=tuple(_lines(found, before)),
    )


def _lines(found: Figures, before: Figures | None) -> list[Line]:
    old = before if before and before.offers is not None else None
    told: list[tuple[str, Callable[[Figures], str]]] = [
        ("Offers", lambda each: f"{each.offers}"),
        ("Offers per learner and hour, median", lambda each: _decimal(each.per_hour)),
        ("Later wrong on that skill", lambda each: _percent(each.later_wrong)),
        ("Armed, then let go because it passed", lambda each: f"{each.let_go}"),
        ("Rest on a guess the learner corrected", lambda each: _percent(each.corrected)),
    ]
    return [Line(label, words(old) if old else DASH, words(found)) for label, words in told]


def _decimal(value: float | None) -> str:
    return DASH if value is None else f"{value:.1f}"


def _percent(value: float | None) -> str:
    return DASH if value is None else f"{100 * value:.0f} %"


def _chart(found: Figures, days: Days) -> Chart | None:
    if found.wrong is None or found.right is None or found.none is None:
        return None
    parts = {"wrong": found.wrong, "right": found.right, "none": found.none}
    dates = _dates(days.until)
    most = max((sum(part.get(day, 0) for part in parts.values()) for day in dates), default=0)
    unit = min(SQUARE, HIGH / most) if most else SQUARE
    drawn = tuple(_day(day, n, parts, unit) for n, day in enumerate(dates))
    told = ", ".join(f"{day.name} {day.count}" for day in drawn)
    totals = {name: sum(part.values()) for name, part in parts.items()}
    return Chart(drawn, f"Offers on each day: {told}", **totals)


def _dates(until: datetime) -> Sequence[date]:
    last = timezone.localtime(until).date()
    return [last - timedelta(days=back) for back in reversed(range(DAYS + 1))][1:]


def _day(day: date, n: int, parts: Mapping[str, Mapping[date, int]], unit: float) -> Day:
    x, done, marks = LEFT + n * WIDE, 0, list[Mark]()
    for name, part in parts.items():
        count = part.get(day, 0)
        sizes = [1] * count if unit == SQUARE else [count] if count else []
        for size in sizes:
            done += size
            marks.append(Mark(x - 5, round(BASE - unit * done, 1), round(unit * size - 3, 1), name))
    top = round(BASE - unit * done - 6, 1)
    return Day(f"{day:%a}", x, done, top, tuple(marks))
