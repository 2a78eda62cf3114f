"""Days of the Block table: opened a week ahead, written anew once they are over so that what was
packed gives its room back, and dropped when too old; by functions of the owner."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from psycopg import AsyncConnection

DAYS_BEHIND = 1
DAYS = 9
# What was written anew says so in its comment.
STANDING = """
SELECT right(c.relname, 8), obj_description(c.oid, 'pg_class') = 'tight' FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'public.telemetry_block'::regclass ORDER BY 1
"""
OPEN = "SELECT telemetry_open_days((now() AT TIME ZONE 'UTC')::date - %s, %s)"


async def open_ahead(writer: AsyncConnection[tuple[Any, ...]]) -> None:
    """Open yesterday to a week ahead; nothing happens where they are open."""
    await writer.execute(OPEN, [DAYS_BEHIND, DAYS])


def open_days() -> None:
    """The same from a task or a command."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN, [DAYS_BEHIND, DAYS])


def drop_before(day: date) -> int:
    """Drop every partition older than `day`; how many there were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT telemetry_drop_days(%s)", [day])
        return int(cursor.fetchone()[0])


def standing() -> list[date]:
    """The days that have a partition, the oldest first."""
    return list(_standing())


def loose(before: date) -> list[date]:
    """The days before this one that were not written anew yet."""
    return [day for day, tight in _standing().items() if day < before and not tight]


def tighten(day: date) -> int:
    """Write a day anew, without what was deleted in it; how many bytes that gave back.

    Everybody may read it meanwhile; who deletes from it waits, and comes first in the end.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT telemetry_tighten_day(%s)", [day])
        return int(cursor.fetchone()[0])


def _standing() -> dict[date, bool]:
    with connection.cursor() as cursor:
        cursor.execute(STANDING)
        return {
            datetime.strptime(day, "%Y%m%d").date(): bool(tight) for day, tight in cursor.fetchall()
        }


def over(now: datetime, kept: timedelta) -> date:
    """The first day that may still stand: a day goes whole, as soon as its first Block must."""
    return (now - kept).astimezone(UTC).date() + timedelta(days=1)


def drop_up_to(day: date) -> int:
    """Drop this day and all before it, and have those open that are written to now; how many
    went. Everybody who stores or reads waits meanwhile."""
    with transaction.atomic():
        dropped = drop_before(day + timedelta(days=1))
        open_days()
    return dropped
