"""The range of a journey: whole weeks from Monday, chosen in the URL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from learner.templatetags.date_filters import long_day

LENGTHS = (1, 4, 12)
DEFAULT_WEEKS = 4
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class LengthChoice:
    """One length to select."""

    label: str
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class WeekRange:
    """`weeks` whole weeks, the last of which begins on `last`; never beyond this week."""

    last: date
    weeks: int
    today: date

    @property
    def first(self) -> date:
        return self.last - (self.weeks - 1) * WEEK

    @property
    def mondays(self) -> list[date]:
        return [self.first + n * WEEK for n in range(self.weeks)]

    @property
    def begin(self) -> datetime:
        return midnight(self.first)

    @property
    def end(self) -> datetime:
        return midnight(self.last + WEEK)

    @property
    def title(self) -> str:
        many = {1: _("One week"), 4: _("Four weeks"), 12: _("Twelve weeks")}[self.weeks]
        if self.is_now:
            return many
        until = long_day(self.last + WEEK - DAY)
        return _("{weeks}, until {day}").format(weeks=many, day=until)

    @property
    def is_now(self) -> bool:
        return self.last == monday_of(self.today)

    @property
    def earlier(self) -> str:
        return _url(self.weeks, self.first - WEEK)

    @property
    def later(self) -> str:
        """Return the URL of the next range; "" if this range includes this week."""
        newest = monday_of(self.today)
        return "" if self.is_now else _url(self.weeks, min(newest, self.last + self.weeks * WEEK))

    @property
    def lengths(self) -> list[LengthChoice]:
        return [LengthChoice(_weeks_text(n), _url(n, self.last), n == self.weeks) for n in LENGTHS]

    def url_of_day(self, day: date) -> str:
        """Return the URL of the same weeks with another day open."""
        return f"{_url(self.weeks, self.last)}&day={day}#day"


def parse_range(query: Mapping[str, str], today: date) -> WeekRange:
    """Parse `?weeks=` and `?to=` (any day of the last week); use the default for bad values."""
    newest = monday_of(today)
    weeks = next((n for n in LENGTHS if str(n) == query.get("weeks")), DEFAULT_WEEKS)
    try:
        last = monday_of(date.fromisoformat(query.get("to", "")))
    except (ValueError, OverflowError):
        last = newest
    oldest = date(2000, 1, 3)
    return WeekRange(max(oldest, min(last, newest)), weeks, today)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def midnight(day: date) -> datetime:
    """Return the start of this day in the time zone of the page."""
    return timezone.make_aware(datetime.combine(day, time.min))


def split_by_day(begin: datetime, end: datetime) -> Iterator[tuple[date, float]]:
    """Yield each day from one moment to another with its seconds; a moment alone has its day."""
    day = timezone.localdate(begin)
    while (until := midnight(day + DAY)) < end:
        yield day, (until - begin).total_seconds()
        begin, day = until, day + DAY
    yield day, max(0.0, (end - begin).total_seconds())


def _weeks_text(n: int) -> str:
    return ngettext("{n} week", "{n} weeks", n).format(n=n)


def _url(weeks: int, last: date) -> str:
    return f"/journey/?weeks={weeks}&to={last}"
