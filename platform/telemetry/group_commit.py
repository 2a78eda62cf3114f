"""The one statement that stores Blocks, and the look at those it left out (I-1).

Rows join the live Grants of their own epoch under FOR SHARE, ordered as everybody orders them, so
a withdrawal is wholly before or wholly after; refused rows are left out, their neighbours stand.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from vault.errors import KeyDestroyed, Tampered
from vault.sealing import Place, unseal

INSERT = b"""
WITH r AS MATERIALIZED (
  SELECT * FROM unnest(%b::date[], %b::uuid[], %b::text[], %b::bigint[], %b::bigint[], %b::text[],
    %b::bigint[], %b::float8[], %b::float8[], %b::int[], %b::smallint[], %b::bytea[])
    AS r(day, sitting, stream, seq, learner, scope, epoch, t0, rate_hz, rows, channels, sealed)
), live AS MATERIALIZED (
  SELECT g.learner, g.scope, g.epoch FROM consent_grant g
  JOIN (SELECT DISTINCT learner, scope, epoch FROM r) d USING (learner, scope, epoch)
  WHERE g.live AND g.expires_at > now() ORDER BY g.learner, g.scope FOR SHARE OF g
)
INSERT INTO telemetry_block
  (day, sitting, stream, seq, learner, epoch, t0, rate_hz, rows, channels, sealed, received_at)
SELECT day, sitting, stream, seq, learner, epoch, t0, rate_hz, rows, channels, sealed, now()
FROM r JOIN live USING (learner, scope, epoch)
WHERE NOT EXISTS (
  SELECT FROM telemetry_sitting s WHERE s.id = r.sitting AND s.scenario = 'graded')
ORDER BY day, sitting, stream, seq
ON CONFLICT DO NOTHING RETURNING sitting, stream, seq
"""
LOOK = b"""
SELECT b.sealed, coalesce(g.live AND g.expires_at > now(), false), g.epoch
FROM unnest(%b::date[], %b::uuid[], %b::text[], %b::bigint[], %b::bigint[], %b::text[])
  WITH ORDINALITY AS k(day, sitting, stream, seq, learner, scope, place)
LEFT JOIN telemetry_block b ON (b.day, b.sitting, b.stream, b.seq)
  = (k.day, k.sitting, k.stream, k.seq)
LEFT JOIN consent_grant g ON (g.learner, g.scope) = (k.learner, k.scope)
ORDER BY k.place
"""
Connection = AsyncConnection[tuple[Any, ...]]
Identity = tuple[UUID, str, int]


class Fate(enum.Enum):
    """What became of a Block; the values of the refusals are codes of the `error` message."""

    STORED = "stored"
    CONFLICT = "conflict"
    NO_GRANT = "no_grant"
    STALE_EPOCH = "stale_epoch"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Row:
    """One Block on its way into the table; `plain` tells a repeat from a conflict."""

    day: date
    sitting: UUID
    stream: str
    seq: int
    learner: int
    subject: UUID
    epoch: int
    t0: float
    rate_hz: float
    rows: int
    channels: int
    sealed: bytes
    plain: bytes

    @property
    def identity(self) -> Identity:
        return (self.sitting, self.stream, self.seq)

    @property
    def scope(self) -> str:
        return f"{self.stream}:adapt"


def place(sitting: UUID, stream: str, seq: int, subject: UUID) -> Place:
    """Where a Block stands, as bound into its sealed bytes."""
    return Place("telemetry_block", "sealed", f"{sitting}/{stream}/{seq}", subject)


async def commit(connection: Connection, rows: Sequence[Row]) -> list[Fate]:
    """Store what may be stored in one transaction; the fate of each row, in the rows' order."""
    first: dict[Identity, Row] = {}
    for row in rows:
        first.setdefault(row.identity, row)
    fates = await _commit_different(connection, list(first.values()))
    return [_same_as(first[row.identity], row, fates[row.identity]) for row in rows]


def _same_as(first: Row, row: Row, fate: Fate) -> Fate:
    """A number twice in one group: the later one shares the fate only with the same content."""
    return fate if first.plain == row.plain and first.epoch == row.epoch else Fate.CONFLICT


async def _commit_different(connection: Connection, rows: Sequence[Row]) -> Mapping[Identity, Fate]:
    cursor = await connection.execute(INSERT, _columns(rows), prepare=True, binary=True)
    stored = {(sitting, stream, seq) for sitting, stream, seq in await cursor.fetchall()}
    fates = dict.fromkeys(stored, Fate.STORED)
    left_out = [row for row in rows if row.identity not in stored]
    if left_out:
        fates.update(await _look(connection, left_out))
    return fates


def _columns(rows: Sequence[Row]) -> tuple[list[Any], ...]:
    return (
        [row.day for row in rows],
        [row.sitting for row in rows],
        [row.stream for row in rows],
        [row.seq for row in rows],
        [row.learner for row in rows],
        [row.scope for row in rows],
        [row.epoch for row in rows],
        [row.t0 for row in rows],
        [row.rate_hz for row in rows],
        [row.rows for row in rows],
        [row.channels for row in rows],
        [row.sealed for row in rows],
    )


async def _look(connection: Connection, rows: Sequence[Row]) -> Mapping[Identity, Fate]:
    """Why these rows did not come back: there already, with other content, or refused."""
    cursor = await connection.execute(LOOK, _columns(rows)[:6], prepare=True, binary=True)
    return {
        row.identity: _fate(row, *found)
        for row, found in zip(rows, await cursor.fetchall(), strict=True)
    }


def _fate(row: Row, sealed: bytes | None, live: bool, epoch: int | None) -> Fate:
    if sealed is not None:
        return _compare(row, sealed)
    return Fate.STALE_EPOCH if live and epoch != row.epoch else Fate.NO_GRANT


def _compare(row: Row, sealed: bytes) -> Fate:
    try:
        stored = unseal(sealed, place=place(row.sitting, row.stream, row.seq, row.subject))
    except KeyDestroyed:
        return Fate.NO_GRANT
    except Tampered:
        return Fate.CONFLICT
    return Fate.STORED if stored == row.plain else Fate.CONFLICT
