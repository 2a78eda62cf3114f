"""Days of the Block table: opened a week ahead, dropped when too old, by functions of the owner."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from psycopg import AsyncConnection

DAYS_BEHIND = 1
DAYS = 9
STANDING = """
SELECT right(c.relname, 8) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
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
    with connection.cursor() as cursor:
        cursor.execute(STANDING)
        return [datetime.strptime(day, "%Y%m%d").date() for (day,) in cursor.fetchall()]


def over(now: datetime, kept: timedelta) -> date:
    """The first day that may still stand: a day goes whole, as soon as its first Block must."""
    return (now - kept).astimezone(UTC).date() + timedelta(days=1)


def drop_expired(now: datetime, kept: timedelta) -> int:
    """Drop the days that are over, and have those open that are written to now; how many went."""
    with transaction.atomic():
        dropped = drop_before(over(now, kept))
        open_days()
    return dropped
