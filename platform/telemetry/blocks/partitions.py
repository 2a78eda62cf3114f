"""Daily partitions of the Block table: opened a week ahead, rewritten after compaction, dropped.

All of it runs through functions of the table's owner.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from psycopg import AsyncConnection

DAYS_BEHIND = 1
DAYS = 9
# Rewritten partitions are marked by their comment.
EXISTING_DAYS = """
SELECT right(c.relname, 8), obj_description(c.oid, 'pg_class') = 'tight' FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'public.telemetry_block'::regclass ORDER BY 1
"""
OPEN = "SELECT telemetry_open_days((now() AT TIME ZONE 'UTC')::date - %s, %s)"


async def open_ahead(writer: AsyncConnection[tuple[Any, ...]]) -> None:
    """Open yesterday to a week ahead, if not open yet."""
    await writer.execute(OPEN, [DAYS_BEHIND, DAYS])


def open_days() -> None:
    """Do the same from a task or a command."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN, [DAYS_BEHIND, DAYS])


def drop_before(day: date) -> int:
    """Drop every partition older than `day`. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT telemetry_drop_days(%s)", [day])
        return int(cursor.fetchone()[0])


def existing_days() -> list[date]:
    """Return the days that have a partition, the oldest first."""
    return list(_days())


def loose_days(before: date) -> list[date]:
    """Return the days before this one that were not rewritten yet."""
    return [day for day, tight in _days().items() if day < before and not tight]


def rewrite_day(day: date) -> int:
    """Rewrite a day without its deleted rows. Returns the bytes reclaimed.

    It can be read meanwhile. Deletes wait, and the final lock yields to them.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT telemetry_tighten_day(%s)", [day])
        return int(cursor.fetchone()[0])


def _days() -> dict[date, bool]:
    with connection.cursor() as cursor:
        cursor.execute(EXISTING_DAYS)
        return {
            datetime.strptime(day, "%Y%m%d").date(): bool(tight) for day, tight in cursor.fetchall()
        }


def first_day_to_keep(now: datetime, kept: timedelta) -> date:
    """Return the first day to keep: a day is dropped as soon as its first Block is too old."""
    return (now - kept).astimezone(UTC).date() + timedelta(days=1)


def drop_up_to(day: date) -> int:
    """Drop this day and all before it, and keep current days open. Returns how many.

    Writers and readers of Blocks wait meanwhile.
    """
    with transaction.atomic():
        dropped = drop_before(day + timedelta(days=1))
        open_days()
    return dropped
