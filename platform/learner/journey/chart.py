"""Weeks as one drawing: minutes a day, what was said, what was offered, what was estimated.

A day without estimates has no band: nothing is filled in. Widths and heights are SVG attributes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from courses.percent_text import format_percent_range
from learner.journey.date_range import WEEK, Range

LEFT, WIDTH = 132.0, 1044.0
TIME_BASE, TIME_HEIGHT = 92.0, 60.0
LOW, HIGH = 268.0, 148.0
# With more days than this, days have no letters and weeks have short names.
MOST_LETTERS = 28


@dataclass(frozen=True, slots=True)
class Day:
    """One day: minutes, number of own reports, range of estimated interest, or not sure; how many
    offers there were, and how many of them were taken."""

    minutes: int = 0
    said: int = 0
    low: float | None = None
    high: float | None = None
    unsure: bool = False
    offered: int = 0
    taken: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class Label:
    x: float
    text: str
    strong: bool


@dataclass(frozen=True, slots=True)
class Row:
    """The same figures as text."""

    day: str
    minutes: int
    said: int
    offers: str
    guess: str


@dataclass(frozen=True, slots=True)
class Chart:
    bars: tuple[Mark, ...]
    dots: tuple[Mark, ...]
    offers: tuple[Mark, ...]
    bands: tuple[Mark, ...]
    weeks: tuple[Label, ...]
    letters: tuple[Label, ...]
    rows: tuple[Row, ...]
    most: int
    summary: str


def draw(days: Mapping[date, Day], span: Range) -> Chart:
    dates = [span.first + timedelta(days=n) for n in range(7 * span.weeks)]
    known = [(n, days[day]) for n, day in enumerate(dates) if day in days]
    most = max((day.minutes for _, day in known), default=0)
    pitch = WIDTH / len(dates)
    return Chart(
        bars=tuple(_bar(n, day, most, pitch) for n, day in known if day.minutes),
        dots=tuple(Mark(_middle(n, pitch), 112, 0, 0, "self") for n, day in known if day.said),
        offers=tuple(_offer(n, day, pitch) for n, day in known if day.offered),
        bands=tuple(_band(n, day, pitch) for n, day in known if day.high is not None or day.unsure),
        weeks=tuple(_week(n, monday, span, pitch) for n, monday in enumerate(span.mondays)),
        letters=_letters(dates, span.today, pitch),
        rows=tuple(_row(dates[n], day) for n, day in known),
        most=most,
        summary=_summary([day for _, day in known]),
    )


def _middle(n: int, pitch: float) -> float:
    return round(LEFT + pitch * (n + 0.5), 1)


def _wide(most: float, pitch: float) -> float:
    return round(min(most, pitch - 2), 1)


def _bar(n: int, day: Day, most: int, pitch: float) -> Mark:
    height = max(2.0, round(TIME_HEIGHT * day.minutes / max(most, 20), 1))
    width = _wide(16.0, pitch)
    return Mark(
        _middle(n, pitch) - width / 2, round(TIME_BASE - height, 1), width, height, "course"
    )


def _offer(n: int, day: Day, pitch: float) -> Mark:
    width = _wide(9.0, pitch)
    kind = "taken" if day.taken else "offered"
    return Mark(_middle(n, pitch) - width / 2, 128.0, width, width, kind)


def _band(n: int, day: Day, pitch: float) -> Mark:
    width = _wide(14.0, pitch)
    x = _middle(n, pitch) - width / 2
    if day.high is None or day.low is None:
        return Mark(x, HIGH + 24, width, 72.0, "unsure")
    top = LOW - (LOW - HIGH) * day.high
    height = max(3.0, (LOW - HIGH) * (day.high - day.low))
    return Mark(x, round(top, 1), width, round(height, 1), "sensed")


def _letters(dates: Sequence[date], today: date, pitch: float) -> tuple[Label, ...]:
    if len(dates) > MOST_LETTERS:
        return ()
    return tuple(
        Label(_middle(n, pitch), date_format(day, "D")[:1], day == today)
        for n, day in enumerate(dates)
    )


def _week(n: int, monday: date, span: Range, pitch: float) -> Label:
    this = monday <= span.today < monday + WEEK
    if 7 * span.weeks > MOST_LETTERS:
        text = date_format(monday, _("j M"))
    else:
        day = date_format(monday, "MONTH_DAY_FORMAT")
        text = _("{day} · this week").format(day=day) if this else day
    return Label(round(LEFT + 7 * pitch * n, 1), text, this)


def _row(day: date, figures: Day) -> Row:
    if figures.unsure:
        guess = _("not sure")
    elif figures.low is None or figures.high is None:
        guess = _("nothing estimated")
    else:
        guess = format_percent_range(100 * figures.low, 100 * figures.high)
    offers = "0"
    if figures.offered:
        offers = _("{n}, {taken} accepted").format(n=figures.offered, taken=figures.taken)
    told = date_format(day, "MONTH_DAY_FORMAT")
    return Row(told, figures.minutes, figures.said, offers, guess)


def _summary(days: list[Day]) -> str:
    learnt = sum(day.minutes > 0 for day in days)
    said = sum(day.said > 0 for day in days)
    guessed = sum(day.high is not None for day in days)
    offered = sum(day.offered > 0 for day in days)
    return _(
        "Days with study time: {learnt}. Days with something you said: {said}. Days with "
        "suggestions: {offered}. Days with an estimate: {guessed}. The same figures are "
        "in the table below."
    ).format(learnt=learnt, said=said, offered=offered, guessed=guessed)
