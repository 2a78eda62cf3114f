"""The statement that stores Blocks, and the query for those it left out (I-1).

Rows must have an open sign-in or token, locked FOR KEY SHARE, and a live Grant of their epoch,
locked FOR SHARE. All code locks in this order, so a sign-out or a withdrawal is wholly before or
after. Refused rows are left out without affecting the others.
"""

from __future__ import annotations

import asyncio
import enum
import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection

from consent.scopes import STREAMS, scope
from telemetry.blocks import block_compression, pg_arrays
from telemetry.blocks.pg_arrays import PackedArray
from vault.encryption import Place, unseal
from vault.errors import KeyDestroyed, KeystoreBusy, Tampered

logger = logging.getLogger(__name__)
INSERT = b"""
WITH r AS MATERIALIZED (
  SELECT * FROM unnest(%b::date[], %b::uuid[], %b::text[], %b::bigint[], %b::bigint[], %b::text[],
    %b::bigint[], %b::float8[], %b::float8[], %b::int[], %b::smallint[], %b::bytea[],
    %b::uuid[])
    WITH ORDINALITY
    AS r(day, sitting, stream, seq, learner, scope, epoch, t0, rate_hz, rows, channels, sealed,
      bearer, nth)
), bearer AS MATERIALIZED (
  SELECT s.id FROM accounts_session s JOIN (SELECT DISTINCT bearer AS id FROM r) d USING (id)
  WHERE s.expires_at > now() ORDER BY s.id FOR KEY SHARE OF s
), token AS MATERIALIZED (
  SELECT t.id FROM telemetry_devicetoken t JOIN (SELECT DISTINCT bearer AS id FROM r) d USING (id)
  WHERE t.expires_at > now() ORDER BY t.id FOR KEY SHARE OF t
), signed_in AS MATERIALIZED (
  SELECT * FROM r WHERE bearer = '00000000-0000-0000-0000-000000000000'
    OR bearer IN (SELECT id FROM bearer) OR bearer IN (SELECT id FROM token)
), live AS MATERIALIZED (
  SELECT g.learner, g.scope, g.epoch FROM consent_grant g
  JOIN (SELECT DISTINCT learner, scope, epoch FROM signed_in) d USING (learner, scope, epoch)
  WHERE g.live AND g.expires_at > now() ORDER BY g.learner, g.scope FOR SHARE OF g
)
INSERT INTO telemetry_block
  (day, sitting, stream, seq, learner, epoch, t0, rate_hz, rows, channels, sealed, received_at)
SELECT day, sitting, stream, seq, learner, epoch, t0, rate_hz, rows, channels, sealed, now()
FROM signed_in r JOIN live USING (learner, scope, epoch)
WHERE NOT EXISTS (
  SELECT FROM telemetry_sitting s
  WHERE s.id = r.sitting AND (s.scenario = 'graded' OR s.ended_at IS NOT NULL))
ORDER BY day, sitting, stream, seq, nth
ON CONFLICT DO NOTHING RETURNING sitting, stream, seq, epoch
"""
# A number has its own row, or is in the next row after compaction (telemetry.blocks.compaction).
LOOK_UP = b"""
SELECT b.seq, b.sealed, coalesce(g.live AND g.expires_at > now(), false), g.epoch,
  k.bearer = '00000000-0000-0000-0000-000000000000'
  OR EXISTS (SELECT FROM accounts_session s WHERE s.id = k.bearer AND s.expires_at > now())
  OR EXISTS (SELECT FROM telemetry_devicetoken t WHERE t.id = k.bearer AND t.expires_at > now())
FROM unnest(%b::date[], %b::uuid[], %b::text[], %b::bigint[], %b::bigint[], %b::text[], %b::uuid[])
  WITH ORDINALITY AS k(day, sitting, stream, seq, learner, scope, bearer, place)
LEFT JOIN LATERAL (
  SELECT seq, sealed FROM telemetry_block
  WHERE day BETWEEN %b::date AND %b::date
    AND (day, sitting, stream) = (k.day, k.sitting, k.stream) AND seq >= k.seq
  ORDER BY seq LIMIT 1
) AS b ON true
LEFT JOIN consent_grant g ON (g.learner, g.scope) = (k.learner, k.scope)
ORDER BY k.place
"""
SCOPES = {name: scope(name, "adapt") for name in STREAMS}
# The bearer of Blocks that the site itself stores, such as those of simulated people.
NO_BEARER = UUID(int=0)
TABLE, COLUMN = "telemetry_block", "sealed"
Connection = AsyncConnection[tuple[Any, ...]]
Identity = tuple[UUID, str, int]


class Fate(enum.Enum):
    """The result of storing a Block; refusals are codes of the `error` message."""

    STORED = "stored"
    CONFLICT = "conflict"
    NO_GRANT = "no_grant"
    STALE_EPOCH = "stale_epoch"
    SIGNED_OUT = "signed_out"
    FAILED = "failed"


class BlockRow(NamedTuple):
    """One Block to be stored; `plain` distinguishes a repeat from a conflict.

    `bearer`: the sign-in or device token that sent it, which must still be open when it is stored.
    """

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
    bearer: UUID = NO_BEARER

    @property
    def identity(self) -> Identity:
        return (self.sitting, self.stream, self.seq)


def place(sitting: UUID, stream: str, seq: int, subject: UUID) -> Place:
    """Return the place of a Block, as bound into its sealed bytes."""
    return Place(TABLE, COLUMN, block_identity(sitting, stream, seq), subject)


def block_identity(sitting: UUID, stream: str, seq: int) -> str:
    """Return the identity of a Block within its table."""
    return f"{identity_before_number(sitting, stream)}{seq}"


def identity_before_number(sitting: UUID, stream: str) -> str:
    """Return what the identities of a Stream's Blocks begin with; the number follows."""
    return f"{sitting}/{stream}/"


async def commit(connection: Connection, rows: Sequence[BlockRow]) -> list[Fate]:
    """Store the allowed rows in one transaction. Returns the fate of each row, in order."""
    cursor = await connection.execute(INSERT, _columns(rows), prepare=True, binary=True)
    if cursor.rowcount == len(rows):
        return [Fate.STORED] * len(rows)
    stored = {
        (sitting, stream, seq): epoch for sitting, stream, seq, epoch in await cursor.fetchall()
    }
    taken = _rows_used(rows, stored)
    fates = await _fates(connection, list(taken.values()), stored)
    return [_same_as(taken[row.identity], row, fates[row.identity]) for row in rows]


def _rows_used(
    rows: Sequence[BlockRow], stored: Mapping[Identity, int]
) -> Mapping[Identity, BlockRow]:
    """Return by identity the row that the statement used if a number occurs more than once.

    That is the first one, or the first one of the live epoch.
    """
    taken: dict[Identity, BlockRow] = {}
    for row in rows:
        if stored.get(row.identity, row.epoch) == row.epoch:
            taken.setdefault(row.identity, row)
    return taken


def _same_as(first: BlockRow, row: BlockRow, fate: Fate) -> Fate:
    """Return the fate of a repeated number: the first one's if the content is the same."""
    return fate if first.plain == row.plain and first.epoch == row.epoch else Fate.CONFLICT


async def _fates(
    connection: Connection, rows: Sequence[BlockRow], stored: Collection[Identity]
) -> Mapping[Identity, Fate]:
    fates = dict.fromkeys(stored, Fate.STORED)
    left_out = [row for row in rows if row.identity not in stored]
    if left_out:
        fates.update(await _look_up(connection, left_out))
    return fates


def _columns(rows: Sequence[BlockRow]) -> tuple[PackedArray, ...]:
    (
        day, sitting, stream, seq, learner, _, epoch, t0, rate_hz, count, channels, sealed, _,
        bearer,
    ) = zip(*rows, strict=True)  # fmt: skip
    return (
        pg_arrays.dates(day),
        pg_arrays.uuids(sitting),
        pg_arrays.texts(stream),
        pg_arrays.int8s(seq),
        pg_arrays.int8s(learner),
        pg_arrays.texts([SCOPES[name] for name in stream]),
        pg_arrays.int8s(epoch),
        pg_arrays.float8s(t0),
        pg_arrays.float8s(rate_hz),
        pg_arrays.int4s(count),
        pg_arrays.int2s(channels),
        pg_arrays.byteas(sealed),
        pg_arrays.uuids(bearer),
    )


async def _look_up(connection: Connection, rows: Sequence[BlockRow]) -> Mapping[Identity, Fate]:
    """Return why these rows were left out: stored before, with other content, or refused."""
    days = [row.day for row in rows]
    columns = _columns(rows)
    keys = (*columns[:6], columns[-1], min(days), max(days))
    cursor = await connection.execute(LOOK_UP, keys, prepare=True, binary=True)
    found = await cursor.fetchall()
    # In a thread, because reading a key may wait for the disk or a slow transit service.
    return await asyncio.to_thread(_fates_left_out, rows, found)


def _fates_left_out(
    rows: Sequence[BlockRow], found: Sequence[tuple[Any, ...]]
) -> Mapping[Identity, Fate]:
    """Return the fates. If the keystore is busy, all are FAILED and their pages send again."""
    try:
        return {row.identity: _fate(row, *of_row) for row, of_row in zip(rows, found, strict=True)}
    except KeystoreBusy:
        logger.warning("blocks.not_compared", extra={"blocks": len(rows)})
        return {row.identity: Fate.FAILED for row in rows}


def _fate(
    row: BlockRow, seq: int, sealed: bytes | None, live: bool, epoch: int | None, signed_in: bool
) -> Fate:
    fate = None if sealed is None else _compare(row, seq, sealed)
    if fate is not None:
        return fate
    if not signed_in:
        return Fate.SIGNED_OUT
    return Fate.STALE_EPOCH if live and epoch != row.epoch else Fate.NO_GRANT


def _compare(row: BlockRow, seq: int, sealed: bytes) -> Fate | None:
    """Compare with the row stored under `seq`; None if this Block is not in it."""
    try:
        stored = unseal(sealed, place=place(row.sitting, row.stream, seq, row.subject))
    except KeyDestroyed:
        return Fate.NO_GRANT
    except Tampered:
        return Fate.CONFLICT
    found = block_compression.find(stored, row.seq)
    if found is None:
        return None
    return Fate.STORED if found == row.plain else Fate.CONFLICT
