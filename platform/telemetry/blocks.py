"""Storing Blocks: sealed under the Permit they came by, acknowledged after their commit."""

from __future__ import annotations

from django.db import connection

from consent.gate import Permit
from consent.scopes import STREAMS
from telemetry import writer as writers
from telemetry.frames import Frame
from telemetry.group_commit import COLUMN, TABLE, Row, place
from telemetry.models import Sitting
from telemetry.writer import Settle
from vault.sealing import Key, Sealer

NEWEST = """
SELECT s.name, b.seq, b.t0 FROM unnest(%s::text[]) AS s(name), LATERAL (
  SELECT seq, t0 FROM telemetry_block
  WHERE day = %s AND sitting = %s AND stream = s.name ORDER BY seq DESC LIMIT 1
) AS b
"""


class Shelf:
    """Where the Blocks of one Stream of a Sitting go under one Permit. It can seal, and so is kept
    no longer than the key may be (I-2)."""

    __slots__ = ("before", "sealer", "whose", "writer")

    def __init__(self, sitting: Sitting, stream: str, permit: Permit, key: Key) -> None:
        subject = permit.subject
        self.sealer = Sealer([key], table=TABLE, column=COLUMN, subject=subject)
        self.before = place(sitting.id, stream, 0, subject).row[:-1]
        self.whose = sitting.day, sitting.id, stream, sitting.learner_id, subject, permit.epoch
        self.writer = writers.writer()

    def store(self, frame: Frame, settle: Settle, *, alive: float | None = None) -> None:
        """Seal one Block and hand it to the writer; `settle` hears what became of it."""
        sealed = self.sealer.seal(frame.raw, f"{self.before}{frame.seq}")
        day, sitting, stream, learner, subject, epoch = self.whose
        # By place, because this runs for every Block: by name it takes twice as long.
        row = Row(
            day, sitting, stream, frame.seq, learner, subject, epoch, frame.t0, frame.rate_hz,
            frame.rows, frame.channels, sealed, frame.raw,
        )  # fmt: skip
        self.writer.put(row, settle, alive)


def newest(sitting: Sitting) -> dict[str, tuple[int, float]]:
    """Highest number and its t0 for each Stream of a Sitting that has Blocks."""
    day = sitting.day
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [list(STREAMS), day, sitting.id])
        return {stream: (seq, t0) for stream, seq, t0 in cursor.fetchall()}


def present(sitting: Sitting, stream: str, numbers: list[int]) -> set[int]:
    """Which of these numbers are stored, of a Sitting that is not over."""
    day = sitting.day
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq FROM telemetry_block"
            " WHERE day = %s AND sitting = %s AND stream = %s AND seq = ANY(%s)",
            [day, sitting.id, stream, numbers],
        )
        return {seq for (seq,) in cursor.fetchall()}
