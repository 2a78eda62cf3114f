"""The range of the page of months: twelve calendar months, chosen in the URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from learner.journey.date_range import midnight

LENGTH = 12
OLDEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class MonthRange:
    """Twelve months, the last of which begins on `last`; never beyond the month of `today`."""

    last: date
    today: date

    @property
    def months(self) -> list[date]:
        """Return the first day of each month, the oldest first."""
        return [shift_month(self.last, n - LENGTH + 1) for n in range(LENGTH)]

    @property
    def begin(self) -> datetime:
        return midnight(self.months[0])

    @property
    def end(self) -> datetime:
        return midnight(shift_month(self.last, 1))

    @property
    def earlier(self) -> str:
        """Return the query of the twelve months before these."""
        return _query(shift_month(self.last, -LENGTH))

    @property
    def later(self) -> str:
        """Return the query of the next range; "" if this range includes this month."""
        newest = month_of(self.today)
        return "" if self.last == newest else _query(min(newest, shift_month(self.last, LENGTH)))

    @property
    def query(self) -> str:
        return _query(self.last)


def parse_months(query: Mapping[str, str], today: date) -> MonthRange:
    """Parse `?to=2026-11`; a bad value or a month to come becomes this month."""
    newest = month_of(today)
    try:
        last = date.fromisoformat(f"{query.get('to', '')}-01")
    except ValueError:
        last = newest
    return MonthRange(max(shift_month(OLDEST, LENGTH), min(last, newest)), today)


def month_of(day: date) -> date:
    """Return the first day of the month of this day."""
    return day.replace(day=1)


def shift_month(first: date, n: int) -> date:
    """Return the first day of the month `n` months later, or earlier if `n` is negative."""
    months = 12 * first.year + first.month - 1 + n
    return date(months // 12, months % 12 + 1, 1)


def last_day(first: date) -> date:
    return shift_month(first, 1) - timedelta(days=1)


def _query(last: date) -> str:
    return f"?to={last:%Y-%m}"
