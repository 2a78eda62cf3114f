"""Storing Blocks: sealed under the Permit they came by, acknowledged after their commit."""

from __future__ import annotations

from django.db import connection

from consent.gate import Permit
from consent.scopes import STREAMS
from telemetry import writer as writers
from telemetry.frames import Frame
from telemetry.group_commit import Row, place
from telemetry.models import Sitting
from telemetry.writer import Settle
from vault.sealing import Key, seal

NEWEST = """
SELECT s.name, b.seq, b.t0 FROM unnest(%s::text[]) AS s(name), LATERAL (
  SELECT seq, t0 FROM telemetry_block
  WHERE day = %s AND sitting = %s AND stream = s.name ORDER BY seq DESC LIMIT 1
) AS b
"""


def store(
    sitting: Sitting,
    frame: Frame,
    permit: Permit,
    key: Key,
    settle: Settle,
    *,
    alive: float | None = None,
) -> None:
    """Seal one Block and hand it to the writer; `settle` hears what became of it."""
    if frame.stream is None:
        raise ValueError("expected a Block of a known Stream")
    stream, subject = frame.stream.name, permit.subject
    sealed = seal(frame.raw, keys=[key], place=place(sitting.id, stream, frame.seq, subject))
    # By place, because this runs for every Block: by name it takes twice as long.
    row = Row(
        sitting.day, sitting.id, stream, frame.seq,
        sitting.learner_id, subject, permit.epoch, frame.t0, frame.rate_hz,
        frame.rows, frame.channels, sealed, frame.raw,
    )  # fmt: skip
    writers.writer().put(row, settle, alive)


async def wait_for_room() -> None:
    await writers.writer().wait_for_room()


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


def writer_age() -> float:
    """Seconds the oldest Block of this process has been waiting for its commit."""
    return writers.oldest_waiting_s()
