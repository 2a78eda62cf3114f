"""The Blocks of Windows, unsealed under live Permits and joined to Tracks (I-1, I-2).

Blocks without a Permit, of an older epoch or without a key are left out. A Track has one device:
the newer one if a Window has two. Many Windows are read by one statement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import numpy as np
from django.db import connection

from consent.permits.gate import Permit
from emotion import streams
from emotion.streams import Stream
from emotion.windows import Chunk, Track
from telemetry.blocks import block_compression
from telemetry.blocks.block_validation import LONGEST_BLOCK_S, as_sent
from telemetry.blocks.frame_parser import BlockFrame, parse
from telemetry.blocks.group_commit import COLUMN, TABLE, identity_before_number, place
from telemetry.blocks.stream_rows import StreamRows, decode_blocks, in_units
from telemetry.devices import devices
from telemetry.devices.devices import DeviceSource, SourcesByStream
from telemetry.models import Sitting
from vault.encryption import Unsealer, unseal
from vault.errors import KeyDestroyed

# The Blocks that may have a row in [t0, t1), found by the primary key of one Stream. The end of a
# Block with a rate is known; rows of event Streams may apply for a while. Those of a Stream come as
# one value, because a Window needs hundreds.
BLOCKS = """
SELECT w.place, found.* FROM unnest(
    %s::date[], %s::uuid[], %s::text[], %s::bigint[], %s::float8[], %s::float8[])
  WITH ORDINALITY AS w(day, sitting, stream, epoch, t0, t1, place), LATERAL (
  SELECT array_agg(seq), array_agg(octet_length(sealed)), string_agg(sealed, '') AS sealed FROM (
    SELECT seq, sealed FROM telemetry_block b
    WHERE b.day BETWEEN %s AND %s  -- constants, so that partitions of other days are pruned
      AND (b.day, b.sitting, b.stream, b.epoch) = (w.day, w.sitting, w.stream, w.epoch)
      AND b.t0 >= w.t0 - %s AND b.t0 < w.t1
      AND (b.rate_hz = 0 OR b.t0 + b.rows / b.rate_hz >= w.t0 - 1)
    ORDER BY seq
  ) AS block
) AS found WHERE found.sealed IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class TrackRequest:
    """A span [t0, t1) of a Sitting, and the Permits it may be read under."""

    sitting: Sitting
    permits: Sequence[Permit]
    t0: float
    t1: float

    @property
    def allowed(self) -> Mapping[str, Permit]:
        """Return by Stream the Learner's own Permits for purpose `adapt`."""
        code = self.sitting.learner.code
        own = (p for p in self.permits if p.subject == code and p.scope.endswith(":adapt"))
        return {p.stream: p for p in own}


class SealedBlock(Protocol):
    """The columns of a Block's row that are needed to unseal it."""

    @property
    def sitting(self) -> UUID: ...
    @property
    def seq(self) -> int: ...
    @property
    def sealed(self) -> bytes | memoryview: ...


class JoinedBlocks(NamedTuple):
    """The sealed Blocks of one Stream of a Sitting, by number: their lengths, and all in a row."""

    numbers: Sequence[int]
    lengths: Sequence[int]
    joined: bytes


@dataclass(slots=True)
class TrackRows:
    """The Blocks of a span by Stream; any Window inside the span is cut from them.

    Each Stream is unsealed when it is first used, under its Permit in `permits`.
    """

    request: TrackRequest
    permits: Mapping[str, Permit]
    blocks: dict[str, JoinedBlocks]
    _unsealed: dict[str, StreamRows] = field(default_factory=dict)
    _reported: SourcesByStream | None = None

    def tracks(
        self, t0: float, t1: float, names: Collection[str] | None = None
    ) -> dict[str, Track]:
        """Return a Track for each of these Streams, or of all, that has rows in [t0, t1).

        Raises Tampered where one cannot be read.
        """
        chosen = [name for name in self.blocks if names is None or name in names]
        found = {name: self._track(name, t0, t1) for name in chosen}
        return {name: track for name, track in found.items() if len(track.times)}

    def _track(self, name: str, t0: float, t1: float) -> Track:
        backend = "simulated" if self.request.sitting.learner.simulated else ""
        return self._unseal(name).cut(t0, t1, LONGEST_BLOCK_S, backend)

    def _unseal(self, name: str) -> StreamRows:
        if name not in self._unsealed:
            permit = self.permits[name]
            blocks = _unseal_blocks(self.blocks[name], self.request.sitting.id, permit)
            self._unsealed[name] = decode_blocks(blocks, streams.stream(name), self._sources(name))
        return self._unsealed[name]

    def _sources(self, name: str) -> Sequence[DeviceSource]:
        """Return the reported sources of a Stream, read once."""
        if not streams.stream(name).backends:
            return ()
        if self._reported is None:
            self._reported = devices.sources_of(self.request.sitting)
        return self._reported.get(name, ())


def read(sitting: Sitting, permits: Iterable[Permit], t0: float, t1: float) -> dict[str, Track]:
    """Return a Track for each permitted Stream that has rows in [t0, t1)."""
    (rows,) = read_each([TrackRequest(sitting, list(permits), t0, t1)])
    return rows.tracks(t0, t1)


def read_each(requests: Sequence[TrackRequest]) -> list[TrackRows]:
    """Read many spans by one statement."""
    found = [TrackRows(each, each.allowed, {}) for each in requests]
    reads = [(n, name, p) for n, each in enumerate(found) for name, p in each.permits.items()]
    if not reads:
        return found
    days = [requests[n].sitting.day for n, _, _ in reads]
    columns: list[list[Any]] = [
        days,
        [requests[n].sitting.id for n, _, _ in reads],
        [name for _, name, _ in reads],
        [permit.epoch for _, _, permit in reads],
        [requests[n].t0 for n, _, _ in reads],
        [_read_until(requests[n]) for n, _, _ in reads],
    ]
    with connection.cursor() as cursor:
        cursor.execute(BLOCKS, [*columns, min(days), max(days), LONGEST_BLOCK_S])
        for place_, *row in cursor.fetchall():
            n, name, _ = reads[place_ - 1]
            found[n].blocks[name] = JoinedBlocks(*row)
    return found


def _read_until(request: TrackRequest) -> float:
    """Return where to stop reading: after a Sitting, a row may contain earlier Blocks."""
    return request.t1 + (block_compression.LONGEST_S if request.sitting.ended_at else 0.0)


def _unseal_blocks(blocks: JoinedBlocks, sitting: UUID, permit: Permit) -> list[bytes]:
    """Return the Blocks as they were sent, without those whose key is destroyed."""
    opener = Unsealer(table=TABLE, column=COLUMN, subject=permit.subject)
    before = identity_before_number(sitting, permit.stream)
    found: list[bytes] = []
    end = 0
    for number, length in zip(blocks.numbers, blocks.lengths, strict=True):
        begin, end = end, end + length
        try:
            plain = opener.unseal(blocks.joined[begin:end], f"{before}{number}")
        except KeyDestroyed:
            continue
        found.extend(block_compression.unpack(plain))
    return found


def frames_in(row: SealedBlock, permit: Permit) -> Iterator[BlockFrame]:
    """Yield the Blocks of a row as they were sent: one, or several after compaction.

    Raises KeyDestroyed and Tampered.
    """
    at = place(row.sitting, permit.stream, row.seq, permit.subject)
    for raw in block_compression.unpack(unseal(row.sealed, place=at)):
        yield from parse(raw)


def decode_frame(frame: BlockFrame, stream: Stream, sources: Sequence[DeviceSource]) -> Chunk:
    """Return one Block as a Chunk of values."""
    rows = as_sent(frame.raw, stream, frame.rows, frame.channels)
    end = frame.t0 + len(rows) / frame.rate_hz if frame.rate_hz else float(rows[-1, 0])
    source = devices.source_at(sources, end)
    values = in_units(rows, stream, np.float32(source.scale if source else stream.scale or 1))
    return Chunk(frame.t0, frame.rate_hz, values, source.backend if source else "")
