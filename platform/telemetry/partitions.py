"""Days of the Block table: opened a week ahead, dropped when too old, by functions of the owner."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from psycopg import AsyncConnection

DAYS_BEHIND = 1
DAYS = 9
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


def drop_expired(now: datetime, kept: timedelta) -> int:
    """Drop the days whose Blocks are all older than `kept`."""
    return drop_before((now - kept).date())
