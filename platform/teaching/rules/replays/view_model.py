"""A Replay as the editor shows it: figures of a group, and a chart by day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from adaptation.replays.replay import RuleFigures
from courses.percent_text import format_percent
from interventions.rules import Rule
from teaching.rules.replays import replay_requests
from teaching.rules.replays.models import DAYS, FIGURES, NEXT_ANSWERS, Replay, dates_of
from teaching.rules.replays.replay_requests import DraftOwner

FLOAT_FIGURES: Final = ("per_hour", "later_wrong", "corrected")
LEFT, BASE, HIGH, WIDE = 40, 118, 100, 62
SQUARE: Final = 13.0
DASH: Final = "–"


@dataclass(frozen=True, slots=True)
class OfferMark:
    """One offer, or a stack of them; `then` is the outcome of the next answer on the skill."""

    x: float
    y: float
    high: float
    then: str


@dataclass(frozen=True, slots=True)
class ChartDay:
    name: str
    x: float
    count: int
    top: float
    marks: tuple[OfferMark, ...]


@dataclass(frozen=True, slots=True)
class ReplayChart:
    days: tuple[ChartDay, ...]
    label: str
    wrong: int
    right: int
    none: int


@dataclass(frozen=True, slots=True)
class FigureRow:
    label: str
    on: str
    draft: str


@dataclass(frozen=True, slots=True)
class ReplayView:
    """What the page shows of a Replay.

    `state`: "" nothing requested, "other" requested for another draft, "gone" no longer valid, or
    the state of the Replay. `few` is the floor if nothing may be shown. `figures` are those of the
    draft, for the days until `at`.
    """

    state: str = ""
    id: str = ""
    days: int = DAYS
    done: int = 0
    at: datetime | None = None
    simulated: bool = False
    few: int = 0
    about: bool = False
    figures: RuleFigures | None = None
    chart: ReplayChart | None = None
    lines: tuple[FigureRow, ...] = ()


def view_draft(owner: DraftOwner, draft: Rule | None) -> ReplayView:
    """Return what is known about the current draft."""
    row = owner.rows.first()
    if row is None:
        return ReplayView()
    return view_replay(row) if replay_requests.is_current(owner, draft) else ReplayView("other")


def view_replay(row: Replay | None) -> ReplayView:
    """Return the view of a Replay; None = it was deleted."""
    if row is None or not replay_requests.may_show(row):
        return ReplayView("gone")
    if row.draft is None or row.until is None:
        return ReplayView(row.state, str(row.pk), done=row.done)
    found = _figures(row, row.draft, row.until)
    if found.offers is None and found.high is None:
        return ReplayView(row.state, at=row.until, simulated=row.simulated, few=row.floor or 0)
    return ReplayView(
        row.state,
        at=row.until,
        simulated=row.simulated,
        about=not row.simulated,
        figures=found,
        chart=_chart(found, row.until),
        lines=tuple(_figure_rows(found, _figures(row, row.on, row.until) if row.on else None)),
    )


def _figures(row: Replay, values: Sequence[float | None], until: datetime) -> RuleFigures:
    """Return the figures from their stored form."""
    found: dict[str, Any] = {
        name: value if name in FLOAT_FIGURES or value is None else int(value)
        for name, value in zip(FIGURES, values, strict=True)
    }
    for name in NEXT_ANSWERS:
        counts = getattr(row, name)
        found[name] = counts and dict(zip(dates_of(until), counts, strict=True))
    return RuleFigures(**found)


def _figure_rows(found: RuleFigures, before: RuleFigures | None) -> list[FigureRow]:
    if found.high is not None:
        was = before if before and before.high is not None else None
        bounds: list[tuple[str, Callable[[RuleFigures], str]]] = [
            (_("Learners, counted from course records alone"), lambda each: f"{each.low}"),
            (_("Learners, at most"), lambda each: f"{each.high}"),
        ]
        return [
            FigureRow(label, words(was) if was else DASH, words(found)) for label, words in bounds
        ]
    old = before if before and before.offers is not None else None
    measures: list[tuple[str, Callable[[RuleFigures], str]]] = [
        (_("Suggestions"), lambda each: f"{each.offers}"),
        (_("Suggestions per learner per hour (median)"), lambda each: _decimal(each.per_hour)),
        (_("Later incorrect on that skill"), lambda each: _percent(each.later_wrong)),
        (_("Waited and then did not act, because the signs passed"), lambda each: f"{each.let_go}"),
        (_("Based on an estimate the learner corrected"), lambda each: _percent(each.corrected)),
    ]
    return [
        FigureRow(label, words(old) if old else DASH, words(found)) for label, words in measures
    ]


def _decimal(value: float | None) -> str:
    return DASH if value is None else number_format(f"{value:.1f}")


def _percent(value: float | None) -> str:
    return DASH if value is None else format_percent(100 * value)


def _chart(found: RuleFigures, until: datetime) -> ReplayChart | None:
    if found.wrong is None or found.right is None or found.none is None:
        return None
    parts = {"wrong": found.wrong, "right": found.right, "none": found.none}
    dates = dates_of(until)[1:]
    most = max((sum(part.get(day, 0) for part in parts.values()) for day in dates), default=0)
    unit = min(SQUARE, HIGH / most) if most else SQUARE
    drawn = tuple(_day(day, n, parts, unit) for n, day in enumerate(dates))
    day_texts = ", ".join(f"{day.name} {day.count}" for day in drawn)
    totals = {name: sum(part.values()) for name, part in parts.items()}
    return ReplayChart(drawn, _("Suggestions on each day: {days}").format(days=day_texts), **totals)


def _day(day: date, n: int, parts: Mapping[str, Mapping[date, int]], unit: float) -> ChartDay:
    x, done, marks = LEFT + n * WIDE, 0, list[OfferMark]()
    for name, part in parts.items():
        count = part.get(day, 0)
        sizes = [1] * count if unit == SQUARE else [count] if count else []
        for size in sizes:
            done += size
            marks.append(
                OfferMark(x - 5, round(BASE - unit * done, 1), round(unit * size - 3, 1), name)
            )
    top = round(BASE - unit * done - 6, 1)
    return ChartDay(date_format(day, "D"), x, done, top, tuple(marks))
