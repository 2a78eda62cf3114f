"""How a person's Blocks go: by the Sittings that hold their days, so the primary key is used."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from consent.scopes import STREAMS, scope

FORGET = """
DELETE FROM telemetry_block b
USING telemetry_sitting s JOIN accounts_user u ON u.id = s.learner_id
WHERE u.code = %s AND b.sitting = s.id AND b.stream = ANY(%s)
  AND b.day = (s.began_at AT TIME ZONE 'UTC')::date AND b.learner = u.id
"""


def forget_blocks(subject: UUID, scopes: Collection[str] | None = None) -> int:
    """Delete the Blocks taken under `scopes` (all of them when None); how many there were."""
    streams = [name for name in STREAMS if scopes is None or scope(name, "adapt") in scopes]
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [subject, streams])
        return int(cursor.rowcount)
