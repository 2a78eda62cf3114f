"""What may be kept no longer goes, table by table as its class says, with leaves of counts (I-14).

Blocks go by whole days: a day is dropped as soon as its first Block is too old, so its last ones
live up to a day and a half less than the class allows and never longer. When everything that can
stand under a key has gone, the key goes too, and with it every old copy of what it sealed. A
study's key counts from the study's end and goes with the last of its rows.
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
from privacy.retention.retention_classes import DAYS, REASONS, Class
from telemetry.blocks import partitions
from vault import keystore
from vault.errors import KeystoreBusy
from vault.store import KEY_LIFETIME

logger = logging.getLogger(__name__)
KEYS: Final = "keys"
LONGEST_STUDY: Final = timedelta(days=LONGEST_STUDY_DAYS)
BATCH: Final = 5000
# Who stores or reads waits while they go.
DAYS_AT_ONCE: Final = 31


@dataclass(frozen=True, slots=True)
class Line:
    """What one class let go, or would; `count` None = it could not be done and is tried again."""

    table: str
    unit: str
    kept: timedelta
    by: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Old:
    """Keys of one kind, and the age at which they go."""

    name: str
    scopes: Sequence[str]
    kept: timedelta


def due(*, now: datetime) -> Iterator[Line]:
    """What `expire` would let go now. Changes nothing."""
    found = retention_classes.in_force(profiles.current(now=now))
    for each, count in zip(found, retention_classes.count_due(found, now), strict=True):
        yield _line(each, count)
    for old in _old_keys(found):
        yield _keys(old, keystore.count_older(old.scopes, now - old.kept))


def expire(*, now: datetime) -> Iterator[Line]:
    """Let go of what is too old, one class after the other; a run that stops is taken up again.

    Nothing happens before a line is asked for: use `let_go` where nobody reads them.
    """
    found = retention_classes.in_force(profiles.current(now=now))
    for each in found:
        yield _line(each, _safely(lambda each=each: _let_go(each, now)))  # type: ignore[misc]
    for old in _old_keys(found):
        yield _keys(old, _safely(lambda old=old: _destroy_keys(old, now)))  # type: ignore[misc]


def let_go(*, now: datetime) -> dict[str, int]:
    """The same, whole; how many of each table."""
    return {line.table: line.count or 0 for line in expire(now=now)}


def _line(each: Class, count: int | None) -> Line:
    return Line(each.table, each.unit, each.kept, each.by, count)


def _keys(old: Old, count: int | None) -> Line:
    return Line(old.name, KEYS, old.kept, "profile" if profiles.current() else "table", count)


def _safely(act: Callable[[], int]) -> int | None:
    """One class that cannot go now (a lock, a busy keystore) does not keep the others."""
    try:
        return act()
    except (DatabaseError, KeystoreBusy):
        logger.exception("expire.waits")
        return None


def _let_go(each: Class, now: datetime) -> int:
    if each.unit == DAYS:
        return _drop_days(each, now)
    gone = 0
    while count := _some(each, now):
        gone += count
    return gone


@transaction.atomic
def _some(each: Class, now: datetime) -> int:
    """One batch with its leaf, so that nobody waits long and little is held in memory."""
    rows = each.holding.model._base_manager
    found = rows.filter(pk__in=list(each.due(now).values_list("pk", flat=True)[:BATCH]))
    if each.unit == REASONS:
        count = found.update(**each.emptied())
    else:
        count = found.delete()[1].get(each.holding.label, 0)
    return _told(each.table, each.unit, count)


def _drop_days(each: Class, now: datetime) -> int:
    days, gone = each.due_days(now), 0
    while days:
        some, days = days[:DAYS_AT_ONCE], days[DAYS_AT_ONCE:]
        gone += _drop_up_to(each, some[-1])
    return gone


@transaction.atomic
def _drop_up_to(each: Class, day: date) -> int:
    return _told(each.table, DAYS, partitions.drop_up_to(day))


def _destroy_keys(old: Old, now: datetime) -> int:
    """The leaf tells what was deleted also where the wipe has to wait: that is owed until done."""
    with transaction.atomic():
        count = _told(old.name, KEYS, keystore.delete_older(old.scopes, now - old.kept))
    keystore.wipe()
    return count


def _told(table: str, unit: str, count: int) -> int:
    """One leaf for a batch, about nobody; none for nothing."""
    if count:
        public = {"table": table, unit: count}
        audit.record("retention.expire", actor=None, subject=None, public=public)
    return count


def _old_keys(found: list[Class]) -> tuple[Old, Old, Old]:
    """A key seals for seven days; what was sealed last has its whole time, and the job its hour.

    Nothing stands under a research key alone: it only has to outlive the studies.
    """
    after = retention_classes.of_research(found)
    margin = KEY_LIFETIME + retention_classes.GRACE
    return (
        Old("keystore", ADAPT_SCOPES, margin + retention_classes.longest_under_grants(found)),
        Old("keystore_research", RESEARCH_SCOPES, margin + LONGEST_STUDY + after),
        Old("keystore_study", (keystore.STUDY,), after),
    )
