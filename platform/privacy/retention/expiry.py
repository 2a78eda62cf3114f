"""Delete data past its retention period, table by table, with leaves of the counts (I-14).

Blocks are dropped by whole days, as soon as the day's first Block is too old. Its last ones
therefore live up to a day and a half less than allowed, never longer.

When everything sealed under a key is past its period, the key is destroyed too, and with it every
old copy. A study's key counts from the end of the study and goes with the last of its rows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import DatabaseError, transaction

import audit
from consent.legal_profiles import profiles
from consent.legal_profiles.profile_parser import LONGEST_STUDY_DAYS
from consent.scopes import ADAPT_SCOPES, RESEARCH_SCOPES
from privacy.retention import retention_classes
from privacy.retention.retention_classes import DAYS, REASONS, RetentionClass
from telemetry.blocks import partitions
from vault import site_keys
from vault.errors import KeystoreBusy
from vault.keystore import KEY_LIFETIME, open_keystore

logger = logging.getLogger(__name__)
KEYS: Final = "keys"
LONGEST_STUDY: Final = timedelta(days=LONGEST_STUDY_DAYS)
BATCH: Final = 5000
# Writers and readers wait while days are dropped.
DAYS_AT_ONCE: Final = 31


@dataclass(frozen=True, slots=True)
class ExpiryLine:
    """What expired from one table, or would; `count` None = failed now and tried again later."""

    table: str
    unit: str
    kept: timedelta
    by: str
    count: int | None


@dataclass(frozen=True, slots=True)
class ExpiringKeys:
    """Keys of one kind, and the age at which they are destroyed."""

    name: str
    scopes: Sequence[str]
    kept: timedelta


def due(*, now: datetime) -> Iterator[ExpiryLine]:
    """Yield what `expire` would delete now, without changing anything."""
    found = retention_classes.in_force(profiles.current(now=now))
    for each, count in zip(found, retention_classes.count_due(found, now), strict=True):
        yield _line(each, count)
    for old in _expiring_keys(found):
        yield _key_line(old, open_keystore().count_older(old.scopes, now - old.kept))


def expire(*, now: datetime) -> Iterator[ExpiryLine]:
    """Delete expired data, one class after the other; an interrupted run can be repeated.

    It is lazy: use `let_go` where the lines are not read.
    """
    found = retention_classes.in_force(profiles.current(now=now))
    for each in found:
        yield _line(each, _safely(lambda each=each: _delete_class(each, now)))  # type: ignore[misc]
    for old in _expiring_keys(found):
        yield _key_line(old, _safely(lambda old=old: _destroy_keys(old, now)))  # type: ignore[misc]


def delete_expired(*, now: datetime) -> dict[str, int]:
    """Delete all expired data. Returns the counts by table."""
    return {line.table: line.count or 0 for line in expire(now=now)}


def _line(each: RetentionClass, count: int | None) -> ExpiryLine:
    return ExpiryLine(each.table, each.unit, each.kept, each.by, count)


def _key_line(old: ExpiringKeys, count: int | None) -> ExpiryLine:
    return ExpiryLine(old.name, KEYS, old.kept, "profile" if profiles.current() else "table", count)


def _safely(act: Callable[[], int]) -> int | None:
    """Run one class; a lock or a busy keystore must not block the others."""
    try:
        return act()
    except (DatabaseError, KeystoreBusy):
        logger.exception("expire.waits")
        return None


def _delete_class(each: RetentionClass, now: datetime) -> int:
    if each.unit == DAYS:
        return _drop_days(each, now)
    gone = 0
    while count := _delete_batch(each, now):
        gone += count
    return gone


@transaction.atomic
def _delete_batch(each: RetentionClass, now: datetime) -> int:
    """Delete one batch with its leaf; batches keep locks and memory small."""
    rows = each.holding.model._base_manager
    found = rows.filter(pk__in=list(each.due(now).values_list("pk", flat=True)[:BATCH]))
    if each.unit == REASONS:
        count = found.update(**each.empty_values())
    else:
        count = found.delete()[1].get(each.holding.label, 0)
    return _record_expiry(each.table, each.unit, count)


def _drop_days(each: RetentionClass, now: datetime) -> int:
    days, gone = each.due_days(now), 0
    while days:
        some, days = days[:DAYS_AT_ONCE], days[DAYS_AT_ONCE:]
        gone += _drop_up_to(each, some[-1])
    return gone


@transaction.atomic
def _drop_up_to(each: RetentionClass, day: date) -> int:
    return _record_expiry(each.table, DAYS, partitions.drop_up_to(day))


def _destroy_keys(old: ExpiringKeys, now: datetime) -> int:
    """Delete old keys, with a leaf even if the wipe fails; the wipe stays pending until done."""
    with transaction.atomic():
        count = _record_expiry(
            old.name, KEYS, open_keystore().delete_older(old.scopes, now - old.kept)
        )
    open_keystore().wipe()
    return count


def _record_expiry(table: str, unit: str, count: int) -> int:
    """Record one leaf for a batch, without a subject; none for an empty batch."""
    if count:
        public = {"table": table, unit: count}
        audit.record("retention.expire", actor=None, subject=None, public=public)
    return count


def _expiring_keys(found: list[RetentionClass]) -> tuple[ExpiringKeys, ExpiringKeys, ExpiringKeys]:
    """Return the kinds of keys with their ages.

    A key seals for seven days. The data sealed last has its full period, and the hourly job a
    grace. A research key seals nothing alone and only has to outlive the studies.
    """
    after = retention_classes.research_retention(found)
    margin = KEY_LIFETIME + retention_classes.GRACE
    return (
        ExpiringKeys(
            "keystore", ADAPT_SCOPES, margin + retention_classes.longest_under_grants(found)
        ),
        ExpiringKeys("keystore_research", RESEARCH_SCOPES, margin + LONGEST_STUDY + after),
        ExpiringKeys("keystore_study", (site_keys.STUDY,), after),
    )
