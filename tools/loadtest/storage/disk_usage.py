"""What stands on the disk, how soon a year cannot be read any more, how long days take to drop."""

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
from demo.simulated_learners.sensor_data import Tape
from privacy.erasure import erasure
from privacy.retention import expiry
from telemetry import windows
from telemetry.blocks import compaction, partitions
from telemetry.models import Block, Sitting, Window
from tools.loadtest.storage import fixtures
from vault import keystore
from vault.sealed_values import key_ids

HOUR: Final = 3600
MB: Final = 1e6
AGO: Final = timedelta(hours=4)
# Rows and sealed bytes by Stream; then whole files with indexes and with what is dead in them.
SEALED = """
SELECT stream, count(*), sum(octet_length(sealed)) FROM telemetry_block GROUP BY stream ORDER BY 1
"""
FILES = "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('telemetry_block')"
Say = Callable[[str], None]
Row = dict[str, Any]


def at_rest(people: list[User], unit: Unit, seconds: int, *, now: datetime) -> Iterator[Row]:
    """MB a learner-hour: as it came, packed, and with the room given back."""
    hours, empty = len(people) * seconds / HOUR, _files()
    for number, person in enumerate(people):
        fixtures.sit(person, unit, now - AGO, fixtures.tape(number, seconds))
    yield _standing("as it came", empty, hours)
    began = time.process_time()
    for sitting in compaction.due_sittings(now):
        compaction.compact(sitting, now=now)
    used = {"cpu_s": round((time.process_time() - began) / hours, 2)}
    yield {**_standing("packed", empty, hours), **used}
    began = time.monotonic()
    partitions.rewrite_day((now - AGO).astimezone(UTC).date())
    used = {"s": round(time.monotonic() - began, 2)}
    yield {**_standing("written anew", empty, hours), **used}


def a_year(
    person: User, other: User, unit: Unit, days: int, played: Tape, *, now: datetime
) -> Iterator[Row]:
    """A Sitting a day until yesterday, packed: what another's Window costs then, and how it all
    goes."""
    yield {
        "what": "read a Window",
        "days": len(partitions.existing_days()),
        **_read(other, unit, now),
    }
    first = now - timedelta(days=days)
    fixtures.open_days(first.astimezone(UTC).date(), now.astimezone(UTC).date())
    for day in range(days):
        compaction.compact(fixtures.sit(person, unit, first + timedelta(days=day), played), now=now)
    yield {
        "what": "read a Window",
        "days": len(partitions.existing_days()),
        **_read(other, unit, now),
    }
    yield _erase(person, days)
    yield _expire(now)


def _erase(person: User, days: int) -> Row:
    """Erase somebody: when the last of it could not be opened any more, and when no row stood."""
    ids, now = _keys(person), timezone.now()
    rows = Block.objects.filter(learner=person).count()
    done = erasure.erase(person.code, actor=person.code, cause="request", now=now)
    if any(keystore.has_key(id) for id in ids) or Block.objects.filter(learner=person).exists():
        raise RuntimeError("expected nothing that opens, and no row")
    return {
        "what": "erase a learner",
        "days": days,
        "rows": rows,
        "keys": len(ids),
        "unreadable_s": _since(done.shredded_at, now),
        "rows_gone_s": _since(done.rows_at, now),
    }


def _expire(now: datetime) -> Row:
    """What the hourly job takes where so many days are too old at once."""
    standing, began = len(partitions.existing_days()), time.monotonic()
    expiry.delete_expired(now=now)
    took, gone = time.monotonic() - began, standing - len(partitions.existing_days())
    return {"what": "drop what expired", "days": gone, "s": round(took, 2)}


def _keys(person: User) -> set[bytes]:
    """The ids of the keys that anything of this person is sealed under: they stand in its head."""
    head = Func("sealed", 1, 64, function="substring", output_field=BinaryField())
    heads = Block.objects.filter(learner=person).annotate(head=head).values_list("head", flat=True)
    return {id for found in heads for id in key_ids(bytes(found))}


def _since(at: datetime | None, began: datetime) -> float | None:
    return round((at - began).total_seconds(), 2) if at else None


def _read(person: User, unit: Unit, now: datetime, times: int = 50) -> Row:
    """One Window of a Sitting that goes on, milliseconds of CPU here and of waiting in all."""
    played = fixtures.tape(0, 30)
    sitting = fixtures.sit(person, unit, now - timedelta(seconds=30), played)
    sitting = Sitting.objects.select_related("learner").get(pk=sitting.pk)
    sitting.ended_at = None
    names = [scope(stream, "adapt") for stream in fixtures.STREAMS]
    permits = gate.permits(person.code, names, now=timezone.now()).granted.values()
    began, used = time.monotonic(), time.process_time()
    for _ in range(times):
        windows.load(Window(sitting=sitting, cut=3), permits)
    took, used = time.monotonic() - began, time.process_time() - used
    return {"ms": round(took / times * 1e3, 2), "cpu_ms": round(used / times * 1e3, 2)}


def _standing(state: str, empty: int, hours: float) -> Row:
    with connection.cursor() as cursor:
        cursor.execute(SEALED)
        found = cursor.fetchall()
    return {
        "what": state,
        "mb_a_learner_hour": round((_files() - empty) / MB / hours, 2),
        "rows": round(sum(count for _, count, _ in found) / hours),
        **{f"{name}_mb": round(float(size) / MB / hours, 3) for name, _, size in found},
    }


def _files() -> int:
    with connection.cursor() as cursor:
        cursor.execute(FILES)
        return int(cursor.fetchone()[0])
