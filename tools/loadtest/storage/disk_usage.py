"""Disk space, the time until an erased year is unreadable, and the time to drop days."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import BinaryField, Func
from django.utils import timezone

from accounts.models import User
from consent.permits import gate
from consent.scopes import scope
from courses.models import Unit
from demo.simulated_learners.sensor_data import SimulatedRecording
from privacy.erasure import erasure
from privacy.retention import expiry
from telemetry import windows
from telemetry.blocks import compaction, partitions
from telemetry.models import Block, Sitting, Window
from tools.loadtest.storage import fixtures
from vault.keystore import open_keystore
from vault.sealed_values import key_ids

HOUR: Final = 3600
MB: Final = 1e6
AGO: Final = timedelta(hours=4)
# Rows and sealed bytes by Stream; then whole files with indexes and dead rows.
SEALED = """
SELECT stream, count(*), sum(octet_length(sealed)) FROM telemetry_block GROUP BY stream ORDER BY 1
"""
FILES = "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('telemetry_block')"
Say = Callable[[str], None]
Row = dict[str, Any]


def measure_space(people: list[User], unit: Unit, seconds: int, *, now: datetime) -> Iterator[Row]:
    """Measure MB per learner-hour: as stored, compacted, and after the space was returned."""
    hours, empty = len(people) * seconds / HOUR, _measure_files()
    for number, person in enumerate(people):
        fixtures.store_sitting(person, unit, now - AGO, fixtures.simulate_rows(number, seconds))
    yield _measure_rows("as it came", empty, hours)
    began = time.process_time()
    for sitting in compaction.due_sittings(now):
        compaction.compact(sitting, now=now)
    used = {"cpu_s": round((time.process_time() - began) / hours, 2)}
    yield {**_measure_rows("packed", empty, hours), **used}
    began = time.monotonic()
    partitions.rewrite_day((now - AGO).astimezone(UTC).date())
    used = {"s": round(time.monotonic() - began, 2)}
    yield {**_measure_rows("written anew", empty, hours), **used}


def measure_year(
    person: User, other: User, unit: Unit, days: int, played: SimulatedRecording, *, now: datetime
) -> Iterator[Row]:
    """Store a Sitting a day until yesterday, compacted; measure reads, then erasure.

    Yields what a Window of another person costs then, and how long all of it takes to erase.
    """
    yield {
        "what": "read a Window",
        "days": len(partitions.existing_days()),
        **_time_read(other, unit, now),
    }
    first = now - timedelta(days=days)
    fixtures.open_days(first.astimezone(UTC).date(), now.astimezone(UTC).date())
    for day in range(days):
        compaction.compact(
            fixtures.store_sitting(person, unit, first + timedelta(days=day), played), now=now
        )
    yield {
        "what": "read a Window",
        "days": len(partitions.existing_days()),
        **_time_read(other, unit, now),
    }
    yield _time_erasure(person, days)
    yield _time_expiry(now)


def _time_erasure(person: User, days: int) -> Row:
    """Erase a person; measure until nothing could be decrypted, and until no row was left."""
    ids, now = _find_key_ids(person), timezone.now()
    rows = Block.objects.filter(learner=person).count()
    done = erasure.erase(person.code, actor=person.code, cause="request", now=now)
    if (
        any(open_keystore().has_key(id) for id in ids)
        or Block.objects.filter(learner=person).exists()
    ):
        raise RuntimeError("expected nothing that opens, and no row")
    return {
        "what": "erase a learner",
        "days": days,
        "rows": rows,
        "keys": len(ids),
        "unreadable_s": _seconds_since(done.shredded_at, now),
        "rows_gone_s": _seconds_since(done.rows_at, now),
    }


def _time_expiry(now: datetime) -> Row:
    """Measure the hourly job when so many days have expired at once."""
    standing, began = len(partitions.existing_days()), time.monotonic()
    expiry.delete_expired(now=now)
    took, gone = time.monotonic() - began, standing - len(partitions.existing_days())
    return {"what": "drop what expired", "days": gone, "s": round(took, 2)}


def _find_key_ids(person: User) -> set[bytes]:
    """Return the key ids of all data about this person; they are in the sealed values' headers."""
    head = Func("sealed", 1, 64, function="substring", output_field=BinaryField())
    heads = Block.objects.filter(learner=person).annotate(head=head).values_list("head", flat=True)
    return {id for found in heads for id in key_ids(bytes(found))}


def _seconds_since(at: datetime | None, began: datetime) -> float | None:
    return round((at - began).total_seconds(), 2) if at else None


def _time_read(person: User, unit: Unit, now: datetime, times: int = 50) -> Row:
    """Read one Window of a running Sitting; return CPU ms of this process, and ms in all."""
    played = fixtures.simulate_rows(0, 30)
    sitting = fixtures.store_sitting(person, unit, now - timedelta(seconds=30), played)
    sitting = Sitting.objects.select_related("learner").get(pk=sitting.pk)
    sitting.ended_at = None
    names = [scope(stream, "adapt") for stream in fixtures.STREAMS]
    permits = gate.permits(person.code, names, now=timezone.now()).granted.values()
    began, used = time.monotonic(), time.process_time()
    for _ in range(times):
        windows.load(Window(sitting=sitting, cut=3), permits)
    took, used = time.monotonic() - began, time.process_time() - used
    return {"ms": round(took / times * 1e3, 2), "cpu_ms": round(used / times * 1e3, 2)}


def _measure_rows(state: str, empty: int, hours: float) -> Row:
    with connection.cursor() as cursor:
        cursor.execute(SEALED)
        found = cursor.fetchall()
    return {
        "what": state,
        "mb_a_learner_hour": round((_measure_files() - empty) / MB / hours, 2),
        "rows": round(sum(count for _, count, _ in found) / hours),
        **{f"{name}_mb": round(float(size) / MB / hours, 3) for name, _, size in found},
    }


def _measure_files() -> int:
    with connection.cursor() as cursor:
        cursor.execute(FILES)
        return int(cursor.fetchone()[0])
