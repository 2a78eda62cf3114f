"""A Replay as the studio shows it: figures of a group, and a picture by day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from adaptation.replays.replay import Figures
from courses.percent_text import format_percent
from interventions.rules import Rule
from teaching.rules.replays import replay_requests
from teaching.rules.replays.models import DAYS, FIGURES, NEXT, Replay, dates_of
from teaching.rules.replays.replay_requests import Owner

SHARES: Final = ("per_hour", "later_wrong", "corrected")
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
    """`state`: "" nothing asked, "other" asked of another draft, "gone" what it rested on changed,
    or that of the Replay. `few` is the floor where nothing may be told; `figures` are those of the
    draft, of the days until `at`."""

    state: str = ""
    id: str = ""
    days: int = DAYS
    done: int = 0
    at: datetime | None = None
    simulated: bool = False
    few: int = 0
    about: bool = False
    figures: Figures | None = None
    chart: Chart | None = None
    lines: tuple[Line, ...] = ()


def of_draft(owner: Owner, draft: Rule | None) -> Shown:
    """What is known of the draft as it stands."""
    row = owner.rows.first()
    if row is None:
        return Shown()
    return of_row(row) if replay_requests.is_of(owner, draft) else Shown("other")


def of_row(row: Replay | None) -> Shown:
    """What a Replay says; None = it is no more."""
    if row is None or not replay_requests.stands(row):
        return Shown("gone")
    if row.draft is None or row.until is None:
        return Shown(row.state, str(row.pk), done=row.done)
    found = _figures(row, row.draft, row.until)
    if found.offers is None and found.high is None:
        return Shown(row.state, at=row.until, simulated=row.simulated, few=row.floor or 0)
    return Shown(
        row.state,
        at=row.until,
        simulated=row.simulated,
        about=not row.simulated,
        figures=found,
        chart=_chart(found, row.until),
        lines=tuple(_lines(found, _figures(row, row.on, row.until) if row.on else None)),
    )


def _figures(row: Replay, kept: Sequence[float | None], until: datetime) -> Figures:
    """Figures as they were found."""
    found: dict[str, Any] = {
        name: value if name in SHARES or value is None else int(value)
        for name, value in zip(FIGURES, kept, strict=True)
    }
    for name in NEXT:
        counts = getattr(row, name)
        found[name] = counts and dict(zip(dates_of(until), counts, strict=True))
    return Figures(**found)


def _lines(found: Figures, before: Figures | None) -> list[Line]:
    if found.high is not None:
        was = before if before and before.high is not None else None
        bounds: list[tuple[str, Callable[[Figures], str]]] = [
            (_("Learners, counted from course records alone"), lambda each: f"{each.low}"),
            (_("Learners, at most"), lambda each: f"{each.high}"),
        ]
        return [Line(label, words(was) if was else DASH, words(found)) for label, words in bounds]
    old = before if before and before.offers is not None else None
    told: list[tuple[str, Callable[[Figures], str]]] = [
        (_("Suggestions"), lambda each: f"{each.offers}"),
        (_("Suggestions per learner per hour (median)"), lambda each: _decimal(each.per_hour)),
        (_("Later incorrect on that skill"), lambda each: _percent(each.later_wrong)),
        (_("Waited and then did not act, because the signs passed"), lambda each: f"{each.let_go}"),
        (_("Based on an estimate the learner corrected"), lambda each: _percent(each.corrected)),
    ]
    return [Line(label, words(old) if old else DASH, words(found)) for label, words in told]


def _decimal(value: float | None) -> str:
    return DASH if value is None else number_format(f"{value:.1f}")


def _percent(value: float | None) -> str:
    return DASH if value is None else format_percent(100 * value)


def _chart(found: Figures, until: datetime) -> Chart | None:
    if found.wrong is None or found.right is None or found.none is None:
        return None
    parts = {"wrong": found.wrong, "right": found.right, "none": found.none}
    dates = dates_of(until)[1:]
    most = max((sum(part.get(day, 0) for part in parts.values()) for day in dates), default=0)
    unit = min(SQUARE, HIGH / most) if most else SQUARE
    drawn = tuple(_day(day, n, parts, unit) for n, day in enumerate(dates))
    told = ", ".join(f"{day.name} {day.count}" for day in drawn)
    totals = {name: sum(part.values()) for name, part in parts.items()}
    return Chart(drawn, _("Suggestions on each day: {days}").format(days=told), **totals)


def _day(day: date, n: int, parts: Mapping[str, Mapping[date, int]], unit: float) -> Day:
    x, done, marks = LEFT + n * WIDE, 0, list[Mark]()
    for name, part in parts.items():
        count = part.get(day, 0)
        sizes = [1] * count if unit == SQUARE else [count] if count else []
        for size in sizes:
            done += size
            marks.append(Mark(x - 5, round(BASE - unit * done, 1), round(unit * size - 3, 1), name))
    top = round(BASE - unit * done - 6, 1)
    return Day(date_format(day, "D"), x, done, top, tuple(marks))
