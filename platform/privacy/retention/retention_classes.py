"""How long the rows of each table are kept: one list, walked from the declarations (I-14).

Sensed data, data derived from it and class pictures are kept for the legal profile's days. Other
tables, and sites without a profile, use the period each table declares.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce
from operator import and_
from typing import Any, Final

from django.db.models import Model, Q, QuerySet

import data_inventory
from consent.legal_profiles.profiles import LegalProfile
from data_inventory import SEALED, Holding
from data_inventory.totals import count_each, find_oldest_each
from privacy.retention import legal_holds
from telemetry.blocks import partitions
from telemetry.models import Block

# Which of the profile's periods applies to a kind of data. A dispute belongs to its Estimate.
PROFILE_PERIODS: Final = {
    "sensed": "blocks",
    "estimate": "estimates",
    "rule let go": "estimates",
    "label": "estimates",
    "shadow": "estimates",
    "dispute": "estimates",
    "class picture": "aggregates",
}
# The job runs once an hour.
GRACE: Final = timedelta(hours=1)
DAYS, ROWS, REASONS = "days", "rows", "reasons"


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """The retention of one table.

    `unit`: what is deleted, whole days of Blocks, rows, or only the sealed reasons in rows that
    stay.
    """

    holding: Holding
    unit: str
    kept: timedelta
    by: str

    @property
    def table(self) -> str:
        return self.holding.model._meta.db_table

    @property
    def clock(self) -> str:
        return str(self.holding.counts_from)

    def due(self, now: datetime) -> QuerySet[Model]:
        """Return the rows that expire at `now`, without those under a legal hold."""
        rows = self._rows().filter(**{f"{self.clock}__lt": now - self.kept})
        return legal_holds.exclude_held(self.holding, rows, now)

    def due_days(self, now: datetime) -> list[date]:
        """Return the days of Blocks that expire at `now`."""
        first = partitions.first_day_to_keep(now, self.kept)
        return [day for day in partitions.existing_days() if day < first]

    def empty_values(self) -> dict[str, bytes]:
        """Return empty values for the sealed columns of rows that stay."""
        return dict.fromkeys(_sealed(self.holding), b"")

    def without_held(self, now: datetime) -> QuerySet[Model]:
        """Return the rows that no legal hold keeps."""
        return legal_holds.exclude_held(self.holding, self._rows(), now)

    def _rows(self) -> QuerySet[Model]:
        rows: QuerySet[Model] = self.holding.model._base_manager.all()
        if self.unit != REASONS:
            return rows
        empty: Q = reduce(and_, (Q(**{name: b""}) for name in _sealed(self.holding)))
        return rows.exclude(scopes=[]).exclude(empty)


def count_due(classes: Sequence[RetentionClass], now: datetime) -> list[int]:
    """Return how much of each expires at `now`, in one query."""
    rows = {each.table: each.due(now) for each in classes if each.unit != DAYS}
    found = count_each(rows)
    return [len(each.due_days(now)) if each.unit == DAYS else found[each.table] for each in classes]


def find_next(classes: Sequence[RetentionClass], now: datetime) -> list[datetime | None]:
    """Return when the oldest row of each expires; None if it has no rows, or only held ones."""
    rows = {
        each.table: (each.without_held(now), each.clock) for each in classes if each.unit != DAYS
    }
    oldest = find_oldest_each(rows)
    if days := partitions.existing_days():
        oldest |= {
            each.table: datetime.combine(days[0], time.min, UTC)
            for each in classes
            if each.unit == DAYS
        }
    return [oldest[each.table] + each.kept if each.table in oldest else None for each in classes]


def in_force(profile: LegalProfile | None) -> list[RetentionClass]:
    """Return each table with a retention period.

    A table that uses another table's clock comes before it.
    """
    found = [each for holding in data_inventory.all() for each in _classes(holding, profile)]
    return sorted(found, key=lambda each: (-each.clock.count("__"), each.table))


def days_of_profile(category: str, profile: LegalProfile | None) -> int | None:
    """Return the legal profile's days for this kind of data, if it sets any."""
    if profile is None or category not in PROFILE_PERIODS:
        return None
    days: Any = getattr(profile.retention, PROFILE_PERIODS[category])
    return int(days)


def longest_under_grants(classes: list[RetentionClass]) -> timedelta:
    """Return the longest period of anything sealed under a Grant."""
    return max(
        each.kept for each in classes if each.holding.scope == "adapt" or each.unit == REASONS
    )


def research_retention(classes: list[RetentionClass]) -> timedelta:
    """Return how long research data is kept after the end of its study."""
    return max(each.kept for each in classes if each.holding.scope == "research")


def _classes(holding: Holding, profile: LegalProfile | None) -> Iterator[RetentionClass]:
    if holding.lifetime is not None:
        unit = DAYS if holding.model is Block else ROWS
        kept, by = _retention_of(holding, profile)
        yield RetentionClass(holding, unit, kept, by)
    elif holding.fades_with is not None:
        kept, by = _retention_of(_holding_of_category(holding.fades_with), profile)
        yield RetentionClass(holding, REASONS, kept, by)


def _retention_of(holding: Holding, profile: LegalProfile | None) -> tuple[timedelta, str]:
    days = days_of_profile(holding.category, profile)
    if days is not None:
        return timedelta(days=days), "profile"
    if holding.lifetime is None:
        raise ValueError(f"expected {holding.label} to declare how long it is kept")
    return holding.lifetime, "table"


def _holding_of_category(category: str) -> Holding:
    """Return a Holding of this category that declares its period."""
    found = (h for h in data_inventory.all() if h.category == category and h.lifetime is not None)
    return next(found)


def _sealed(holding: Holding) -> list[str]:
    return [name for name, kind in holding.columns.items() if kind is SEALED]
