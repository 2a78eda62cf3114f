"""How long the rows of each table live: the one list, walked from the declarations (I-14).

What was sensed, what was made from it and class pictures live for the legal profile's days; the
rest, and a site without a profile, for the time the table itself declares.
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

# Which of the profile's days rule over a kind of data. A correction stands on its Estimate.
OF_PROFILE: Final = {
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
class Class:
    """How long one table keeps. `unit` is what goes at once: days of Blocks, rows, or the reasons
    sealed in rows that stay."""

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
        """The rows that have to go at `now`; without those that a legal hold keeps."""
        rows = self._rows().filter(**{f"{self.clock}__lt": now - self.kept})
        return legal_holds.spare(self.holding, rows, now)

    def due_days(self, now: datetime) -> list[date]:
        """The days of Blocks that have to go at `now`."""
        first = partitions.over(now, self.kept)
        return [day for day in partitions.standing() if day < first]

    def emptied(self) -> dict[str, bytes]:
        """The sealed columns of rows that stay, without what they held."""
        return dict.fromkeys(_sealed(self.holding), b"")

    def not_held(self, now: datetime) -> QuerySet[Model]:
        """Return the rows that no legal hold keeps."""
        return legal_holds.spare(self.holding, self._rows(), now)

    def _rows(self) -> QuerySet[Model]:
        rows: QuerySet[Model] = self.holding.model._base_manager.all()
        if self.unit != REASONS:
            return rows
        empty: Q = reduce(and_, (Q(**{name: b""}) for name in _sealed(self.holding)))
        return rows.exclude(scopes=[]).exclude(empty)


def count_due(classes: Sequence[Class], now: datetime) -> list[int]:
    """Return how much of each has to go at `now`, all by one statement."""
    rows = {each.table: each.due(now) for each in classes if each.unit != DAYS}
    found = count_each(rows)
    return [len(each.due_days(now)) if each.unit == DAYS else found[each.table] for each in classes]


def find_next(classes: Sequence[Class], now: datetime) -> list[datetime | None]:
    """Return when the oldest of each goes; None where nothing is stored, or a hold keeps it all."""
    rows = {each.table: (each.not_held(now), each.clock) for each in classes if each.unit != DAYS}
    oldest = find_oldest_each(rows)
    if days := partitions.standing():
        oldest |= {
            each.table: datetime.combine(days[0], time.min, UTC)
            for each in classes
            if each.unit == DAYS
        }
    return [oldest[each.table] + each.kept if each.table in oldest else None for each in classes]


def in_force(profile: LegalProfile | None) -> list[Class]:
    """Each table that lets go after a time. Who counts from another's clock goes before it."""
    found = [each for holding in data_inventory.all() for each in _classes(holding, profile)]
    return sorted(found, key=lambda each: (-each.clock.count("__"), each.table))


def days_of_profile(category: str, profile: LegalProfile | None) -> int | None:
    """What the legal profile says about this kind of data, if anything."""
    if profile is None or category not in OF_PROFILE:
        return None
    days: Any = getattr(profile.retention, OF_PROFILE[category])
    return int(days)


def longest_under_grants(classes: list[Class]) -> timedelta:
    """The longest that anything sealed under a Grant is kept."""
    return max(
        each.kept for each in classes if each.holding.scope == "adapt" or each.unit == REASONS
    )


def of_research(classes: list[Class]) -> timedelta:
    """How long after a study's end what was taken for it is kept."""
    return max(each.kept for each in classes if each.holding.scope == "research")


def _classes(holding: Holding, profile: LegalProfile | None) -> Iterator[Class]:
    if holding.lifetime is not None:
        unit = DAYS if holding.model is Block else ROWS
        kept, by = _kept(holding, profile)
        yield Class(holding, unit, kept, by)
    elif holding.fades_with is not None:
        kept, by = _kept(_like(holding.fades_with), profile)
        yield Class(holding, REASONS, kept, by)


def _kept(holding: Holding, profile: LegalProfile | None) -> tuple[timedelta, str]:
    days = days_of_profile(holding.category, profile)
    if days is not None:
        return timedelta(days=days), "profile"
    if holding.lifetime is None:
        raise ValueError(f"expected {holding.label} to declare how long it is kept")
    return holding.lifetime, "table"


def _like(category: str) -> Holding:
    """A declaration of this category that says how long it is kept."""
    found = (h for h in data_inventory.all() if h.category == category and h.lifetime is not None)
    return next(found)


def _sealed(holding: Holding) -> list[str]:
    return [name for name, kind in holding.columns.items() if kind is SEALED]
