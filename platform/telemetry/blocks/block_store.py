"""Store Blocks: sealed under the Permit they came by, acknowledged after their commit."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from consent.permits.gate import Permit
from consent.scopes import STREAMS
from telemetry.blocks import batch_writer as writers
from telemetry.blocks.batch_writer import Settle
from telemetry.blocks.frame_parser import BlockFrame
from telemetry.blocks.group_commit import COLUMN, TABLE, BlockRow, place
from telemetry.models import Sitting
from vault.encryption import Key, Sealer

NEWEST = """
SELECT s.id, name, b.seq, b.t0
FROM unnest(%s::uuid[], %s::date[]) AS s(id, day), unnest(%s::text[]) AS name, LATERAL (
  SELECT seq, t0 FROM telemetry_block
  WHERE day = s.day AND sitting = s.id AND stream = name ORDER BY seq DESC LIMIT 1
) AS b
"""
# LATERAL, so that each range is looked up by the index, however many the planner expects.
PRESENT = """
SELECT a.sitting, a.stream, b.seq
FROM unnest(%s::date[], %s::uuid[], %s::text[], %s::bigint[], %s::bigint[])
  AS a(day, sitting, stream, first, last), LATERAL (
  SELECT seq FROM telemetry_block b
  WHERE b.day = a.day AND b.sitting = a.sitting AND b.stream = a.stream
    AND b.seq BETWEEN a.first AND a.last OFFSET 0
) AS b
"""
# A Sitting, a Stream, and its first and last number.
Range = tuple[Sitting, str, int, int]


class BlockSink:
    """Seals and stores the Blocks of one Stream of a Sitting under one Permit.

    It contains a sealing key, so it must not live longer than keys may (I-2).
    """

    __slots__ = ("bearer", "owner", "row_prefix", "sealer", "writer")

    def __init__(
        self, sitting: Sitting, stream: str, permit: Permit, key: Key, *, bearer: UUID
    ) -> None:
        subject = permit.subject
        self.sealer = Sealer([key], table=TABLE, column=COLUMN, subject=subject)
        self.row_prefix = place(sitting.id, stream, 0, subject).row[:-1]
        self.owner = sitting.day, sitting.id, stream, sitting.learner_id, subject, permit.epoch
        self.bearer = bearer
        self.writer = writers.writer()

    def store(self, frame: BlockFrame, settle: Settle, *, alive: float | None = None) -> None:
        """Seal one Block and hand it to the writer; `settle` is called with its fate."""
        sealed = self.sealer.seal(frame.raw, f"{self.row_prefix}{frame.seq}")
        day, sitting, stream, learner, subject, epoch = self.owner
        # Positional arguments, because this runs for every Block: keywords take twice as long.
        row = BlockRow(
            day, sitting, stream, frame.seq, learner, subject, epoch, frame.t0, frame.rate_hz,
            frame.rows, frame.channels, sealed, frame.raw, self.bearer,
        )  # fmt: skip
        self.writer.put(row, settle, alive)


def newest_blocks(sittings: Collection[Sitting]) -> dict[UUID, dict[str, tuple[int, float]]]:
    """Return the highest number and its t0 for each Stream of these Sittings."""
    found: dict[UUID, dict[str, tuple[int, float]]] = {each.id: {} for each in sittings}
    with connection.cursor() as cursor:
        days = [each.day for each in sittings]
        cursor.execute(NEWEST, [[each.id for each in sittings], days, list(STREAMS)])
        for sitting, stream, seq, t0 in cursor.fetchall():
            found[sitting][stream] = seq, t0
    return found


def stored_numbers(ranges: Collection[Range]) -> dict[tuple[UUID, str], set[int]]:
    """Return the stored numbers of these ranges, for Sittings that are not over."""
    found: dict[tuple[UUID, str], set[int]] = {(each.id, name): set() for each, name, *_ in ranges}
    if not ranges:
        return found
    with connection.cursor() as cursor:
        columns = [(each.day, each.id, *rest) for each, *rest in ranges]
        cursor.execute(PRESENT, [list(column) for column in zip(*columns, strict=True)])
        for sitting, stream, seq in cursor.fetchall():
            found[sitting, stream].add(seq)
    return found
