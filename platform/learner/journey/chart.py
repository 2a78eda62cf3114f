"""Several weeks as one drawing: minutes a day, self-reports, offers and estimates.

A day without estimates has no band; nothing is interpolated. Sizes are SVG attributes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from courses.percent_text import format_percent_range
from learner.journey.date_range import WEEK, WeekRange

LEFT, WIDTH = 132.0, 1044.0
TIME_BASE, TIME_HEIGHT = 92.0, 60.0
LOW, HIGH = 268.0, 148.0
# With more days than this, days have no letter and weeks have short labels.
MAX_LETTERED_DAYS = 28


@dataclass(frozen=True, slots=True)
class ChartDay:
    """One day: minutes, self-reports, range of estimated interest, offers and accepted offers.

    `unsure` is True if every estimate of the day abstained.
    """

    minutes: int = 0
    said: int = 0
    low: float | None = None
    high: float | None = None
    unsure: bool = False
    offered: int = 0
    taken: int = 0


@dataclass(frozen=True, slots=True)
class ChartMark:
    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class ChartLabel:
    x: float
    text: str
    strong: bool


@dataclass(frozen=True, slots=True)
class ChartRow:
    """The figures of one day as text."""

    day: str
    minutes: int
    said: int
    offers: str
    guess: str


@dataclass(frozen=True, slots=True)
class JourneyChart:
    bars: tuple[ChartMark, ...]
    dots: tuple[ChartMark, ...]
    offers: tuple[ChartMark, ...]
    bands: tuple[ChartMark, ...]
    weeks: tuple[ChartLabel, ...]
    letters: tuple[ChartLabel, ...]
    rows: tuple[ChartRow, ...]
    most: int
    summary: str


def draw_chart(days: Mapping[date, ChartDay], span: WeekRange) -> JourneyChart:
    dates = [span.first + timedelta(days=n) for n in range(7 * span.weeks)]
    known = [(n, days[day]) for n, day in enumerate(dates) if day in days]
    most = max((day.minutes for _, day in known), default=0)
    pitch = WIDTH / len(dates)
    return JourneyChart(
        bars=tuple(_make_bar(n, day, most, pitch) for n, day in known if day.minutes),
        dots=tuple(ChartMark(_middle(n, pitch), 112, 0, 0, "self") for n, day in known if day.said),
        offers=tuple(_make_offer(n, day, pitch) for n, day in known if day.offered),
        bands=tuple(
            _make_band(n, day, pitch) for n, day in known if day.high is not None or day.unsure
        ),
        weeks=tuple(_make_week(n, monday, span, pitch) for n, monday in enumerate(span.mondays)),
        letters=_make_letters(dates, span.today, pitch),
        rows=tuple(_make_row(dates[n], day) for n, day in known),
        most=most,
        summary=_make_summary([day for _, day in known]),
    )


def _middle(n: int, pitch: float) -> float:
    return round(LEFT + pitch * (n + 0.5), 1)


def _limit_width(most: float, pitch: float) -> float:
    return round(min(most, pitch - 2), 1)


def _make_bar(n: int, day: ChartDay, most: int, pitch: float) -> ChartMark:
    height = max(2.0, round(TIME_HEIGHT * day.minutes / max(most, 20), 1))
    width = _limit_width(16.0, pitch)
    return ChartMark(
        _middle(n, pitch) - width / 2, round(TIME_BASE - height, 1), width, height, "course"
    )


def _make_offer(n: int, day: ChartDay, pitch: float) -> ChartMark:
    width = _limit_width(9.0, pitch)
    kind = "taken" if day.taken else "offered"
    return ChartMark(_middle(n, pitch) - width / 2, 128.0, width, width, kind)


def _make_band(n: int, day: ChartDay, pitch: float) -> ChartMark:
    width = _limit_width(14.0, pitch)
    x = _middle(n, pitch) - width / 2
    if day.high is None or day.low is None:
        return ChartMark(x, HIGH + 24, width, 72.0, "unsure")
    top = LOW - (LOW - HIGH) * day.high
    height = max(3.0, (LOW - HIGH) * (day.high - day.low))
    return ChartMark(x, round(top, 1), width, round(height, 1), "sensed")


def _make_letters(dates: Sequence[date], today: date, pitch: float) -> tuple[ChartLabel, ...]:
    if len(dates) > MAX_LETTERED_DAYS:
        return ()
    return tuple(
        ChartLabel(_middle(n, pitch), date_format(day, "D")[:1], day == today)
        for n, day in enumerate(dates)
    )


def _make_week(n: int, monday: date, span: WeekRange, pitch: float) -> ChartLabel:
    this = monday <= span.today < monday + WEEK
    if 7 * span.weeks > MAX_LETTERED_DAYS:
        text = date_format(monday, _("j M"))
    else:
        day = date_format(monday, "MONTH_DAY_FORMAT")
        text = _("{day} · this week").format(day=day) if this else day
    return ChartLabel(round(LEFT + 7 * pitch * n, 1), text, this)


def _make_row(day: date, figures: ChartDay) -> ChartRow:
    if figures.unsure:
        guess = _("not sure")
    elif figures.low is None or figures.high is None:
        guess = _("nothing estimated")
    else:
        guess = format_percent_range(100 * figures.low, 100 * figures.high)
    offers = "0"
    if figures.offered:
        offers = _("{n}, {taken} accepted").format(n=figures.offered, taken=figures.taken)
    label = date_format(day, "MONTH_DAY_FORMAT")
    return ChartRow(label, figures.minutes, figures.said, offers, guess)


def _make_summary(days: list[ChartDay]) -> str:
    learnt = sum(day.minutes > 0 for day in days)
    reported = sum(day.said > 0 for day in days)
    guessed = sum(day.high is not None for day in days)
    offered = sum(day.offered > 0 for day in days)
    return _(
        "Days with study time: {learnt}. Days with something you said: {said}. Days with "
        "suggestions: {offered}. Days with an estimate: {guessed}. The same figures are "
        "in the table below."
    ).format(learnt=learnt, said=reported, offered=offered, guessed=guessed)
