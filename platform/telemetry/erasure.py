"""Erase a person's Blocks and devices.

Blocks are found by the days of the person's Sittings, so that the primary key is used.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection

from consent.scopes import STREAMS, scope

FORGET = """
DELETE FROM telemetry_block b
USING telemetry_sitting s JOIN accounts_user u ON u.id = s.learner_id
WHERE u.code = %s AND b.sitting = s.id AND b.stream = ANY(%s)
  AND b.day = (s.began_at AT TIME ZONE 'UTC')::date AND b.learner = u.id
"""
# A Sitting lasts up to twelve hours and may send its outbox later. Blocks are deleted if taken or
# received since, which covers wrong clocks on either side.
FORGET_SINCE = """
WITH gone AS (
  DELETE FROM telemetry_block b
  USING telemetry_sitting s JOIN accounts_user u ON u.id = s.learner_id
  WHERE u.code = %s AND b.sitting = s.id AND b.stream = ANY(%s)
    AND b.day = (s.began_at AT TIME ZONE 'UTC')::date AND b.learner = u.id
    AND s.began_at > %s - interval '1 day' AND (b.received_at >= %s
    OR s.began_at + make_interval(secs => b.t0 + 1 + b.rows / greatest(b.rate_hz, 1)) > %s)
  RETURNING b.stream
)
SELECT stream, count(*) FROM gone GROUP BY stream
"""
FORGET_DEVICES = """
DELETE FROM telemetry_device d USING telemetry_sitting s JOIN accounts_user u ON u.id = s.learner_id
WHERE u.code = %s AND d.sitting = s.id AND d.stream = ANY(%s)
"""


def forget_blocks(subject: UUID, scopes: Collection[str] | None = None) -> int:
    """Delete the Blocks taken under `scopes` (None = all). Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [subject, _streams(scopes)])
        return int(cursor.rowcount)


def forget_blocks_since(
    subject: UUID, scopes: Collection[str], since: datetime
) -> Mapping[str, int]:
    """Delete the Blocks of `scopes` taken or received since. Returns counts by Stream."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET_SINCE, [subject, _streams(scopes), since, since, since])
        return dict(cursor.fetchall())


def forget_devices(subject: UUID, scopes: Collection[str] | None = None) -> int:
    """Delete the devices of the Streams of `scopes` (None = all). Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET_DEVICES, [subject, _streams(scopes)])
        return int(cursor.rowcount)


def _streams(scopes: Collection[str] | None) -> list[str]:
    return [name for name in STREAMS if scopes is None or scope(name, "adapt") in scopes]
