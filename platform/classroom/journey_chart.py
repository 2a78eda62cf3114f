"""Four weeks as one drawing: minutes a day, what was said, what was estimated; drawn on the server.

A day without estimates has no band: nothing is filled in. Widths and heights are SVG attributes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

DAYS = 28
LEFT, WIDTH = 132.0, 1044.0
PITCH = WIDTH / DAYS
TIME_BASE, TIME_HEIGHT = 92.0, 60.0
LOW, HIGH = 236.0, 116.0


@dataclass(frozen=True, slots=True)
class Day:
    """One day: minutes, number of own reports, range of estimated interest, or not sure."""

    minutes: int = 0
    said: int = 0
    low: float | None = None
    high: float | None = None
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    y: float
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
    guess: str


@dataclass(frozen=True, slots=True)
class Chart:
    bars: tuple[Mark, ...]
    dots: tuple[Mark, ...]
    bands: tuple[Mark, ...]
    weeks: tuple[Label, ...]
    letters: tuple[Label, ...]
    rows: tuple[Row, ...]
    most: int
    summary: str


def first_day(today: date) -> date:
    """The Monday three weeks before this week's."""
    return today - timedelta(days=today.weekday() + 21)


def draw(days: Mapping[date, Day], today: date) -> Chart:
    dates = [first_day(today) + timedelta(days=n) for n in range(DAYS)]
    known = [(n, days[day]) for n, day in enumerate(dates) if day in days]
    most = max((day.minutes for _, day in known), default=0)
    return Chart(
        bars=tuple(_bar(n, day, most) for n, day in known if day.minutes),
        dots=tuple(Mark(_middle(n), 112.0, 0, "self") for n, day in known if day.said),
        bands=tuple(_band(n, day) for n, day in known if day.high is not None or day.unsure),
        weeks=tuple(_week(n, dates[n], today) for n in range(0, DAYS, 7)),
        letters=tuple(
            Label(_middle(n), f"{day:%a}"[0], day == today) for n, day in enumerate(dates)
        ),
        rows=tuple(_row(dates[n], day) for n, day in known),
        most=most,
        summary=_summary([day for _, day in known]),
    )


def _middle(n: int) -> float:
    return round(LEFT + PITCH * (n + 0.5), 1)


def _bar(n: int, day: Day, most: int) -> Mark:
    height = max(2.0, round(TIME_HEIGHT * day.minutes / max(most, 20), 1))
    return Mark(_middle(n) - 8, round(TIME_BASE - height, 1), height, "course")


def _band(n: int, day: Day) -> Mark:
    if day.high is None or day.low is None:
        return Mark(_middle(n) - 7, 140.0, 72.0, "unsure")
    top = LOW - (LOW - HIGH) * day.high
    height = max(3.0, (LOW - HIGH) * (day.high - day.low))
    return Mark(_middle(n) - 7, round(top, 1), round(height, 1), "sensed")


def _week(n: int, monday: date, today: date) -> Label:
    this = monday <= today < monday + timedelta(days=7)
    text = f"{monday.day} {monday:%B}" + (" · this week" if this else "")
    return Label(round(LEFT + PITCH * n, 1), text, this)


def _row(day: date, figures: Day) -> Row:
    if figures.unsure:
        guess = "not sure"
    elif figures.low is None or figures.high is None:
        guess = "nothing estimated"
    else:
        guess = f"{100 * figures.low:.0f}–{100 * figures.high:.0f} %"
    return Row(f"{day.day} {day:%B}", figures.minutes, figures.said, guess)


def _summary(days: list[Day]) -> str:
    learnt = sum(day.minutes > 0 for day in days)
    said = sum(day.said > 0 for day in days)
    guessed = sum(day.high is not None for day in days)
    return (
        f"{learnt} days with study time, your own word on {said} days, an estimate on {guessed} "
        "days. The same figures are in the table below."
    )
