"""The Blocks of Windows, opened under live Permits and joined to Tracks (I-1, I-2).

What no Permit covers, what an older epoch sealed and what lost its key is simply not there. A Track
is of one device: where a Window saw two, of the newer one. Many Windows are read by one statement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from consent.permits.gate import Permit
from emotion import streams
from emotion.streams import Stream
from emotion.windows import Chunk, Track, make_track, select_backend
from telemetry.blocks import block_compression
from telemetry.blocks.block_validation import LONGEST_BLOCK_S, MISSING_I2, as_sent
from telemetry.blocks.frame_parser import Frame, parse
from telemetry.blocks.group_commit import place
from telemetry.devices import devices
from telemetry.devices.devices import Source, Told
from telemetry.models import Sitting
from vault.encryption import unseal
from vault.errors import KeyDestroyed

# The Blocks that can have a row in [t0, t1), found along the primary key of one Stream. Rows that
# say their own times may hold for a while; of the others it is known when the last one ends.
BLOCKS = """
SELECT w.place, found.* FROM unnest(
    %s::date[], %s::uuid[], %s::text[], %s::bigint[], %s::float8[], %s::float8[])
  WITH ORDINALITY AS w(day, sitting, stream, epoch, t0, t1, place), LATERAL (
  SELECT seq, sealed FROM telemetry_block b
  WHERE b.day BETWEEN %s AND %s  -- told at once, so that other days' partitions are not looked at
    AND (b.day, b.sitting, b.stream, b.epoch) = (w.day, w.sitting, w.stream, w.epoch)
    AND b.t0 >= w.t0 - %s AND b.t0 < w.t1
    AND (b.rate_hz = 0 OR b.t0 + b.rows / b.rate_hz >= w.t0 - 1)
  ORDER BY seq
) AS found
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stretch [t0, t1) of a Sitting, and the Permits it may be read under."""

    sitting: Sitting
    permits: Sequence[Permit]
    t0: float
    t1: float

    @property
    def allowed(self) -> Mapping[str, Permit]:
        """By Stream, the Permits that are this Learner's own and for themselves."""
        code = self.sitting.learner.code
        own = (p for p in self.permits if p.subject == code and p.scope.endswith(":adapt"))
        return {p.stream: p for p in own}


class Stored(Protocol):
    """What of a Block's row is needed to open it."""

    @property
    def sitting(self) -> UUID: ...
    @property
    def seq(self) -> int: ...
    @property
    def sealed(self) -> bytes | memoryview: ...


class _Row(NamedTuple):
    sitting: UUID
    seq: int
    sealed: bytes


@dataclass(slots=True)
class Held:
    """The rows of a stretch by Stream, each Stream opened when it is first asked for: any Window
    inside the stretch is cut from them."""

    wanted: Wanted
    rows: Mapping[str, Sequence[_Row]]
    _opened: dict[str, list[Chunk]] = field(default_factory=dict)
    _told: Told | None = None

    def tracks(
        self, t0: float, t1: float, names: Collection[str] | None = None
    ) -> dict[str, Track]:
        """A Track for each of these Streams, or of all, that has rows in [t0, t1). Raises Tampered
        where one cannot be read."""
        asked = [name for name in self.rows if names is None or name in names]
        found = {name: self._track(name, t0, t1) for name in asked}
        return {name: track for name, track in found.items() if len(track.times)}

    def _track(self, name: str, t0: float, t1: float) -> Track:
        near = (chunk for chunk in self._chunks(name) if t0 - LONGEST_BLOCK_S <= chunk.t0)
        chunks, backend = select_backend(near, t1)
        if self.wanted.sitting.learner.simulated:
            backend = "simulated"
        return make_track(streams.stream(name), chunks, t0=t0, t1=t1, backend=backend)

    def _chunks(self, name: str) -> list[Chunk]:
        if name not in self._opened:
            told = self._sources(name)
            permit = self.wanted.allowed[name]
            self._opened[name] = list(_chunks(self.rows[name], permit, told))
        return self._opened[name]

    def _sources(self, name: str) -> Sequence[Source]:
        """What the devices told of a Stream, asked once."""
        if not streams.stream(name).backends:
            return ()
        if self._told is None:
            self._told = devices.of(self.wanted.sitting)
        return self._told.get(name, ())


def read(sitting: Sitting, permits: Iterable[Permit], t0: float, t1: float) -> dict[str, Track]:
    """A Track for each permitted Stream that has rows in [t0, t1)."""
    (held,) = read_each([Wanted(sitting, list(permits), t0, t1)])
    return held.tracks(t0, t1)


def read_each(wanted: Sequence[Wanted]) -> list[Held]:
    """Many stretches, by one statement."""
    return [Held(each, rows) for each, rows in zip(wanted, _stored(wanted), strict=True)]


def _stored(wanted: Sequence[Wanted]) -> list[dict[str, list[_Row]]]:
    """By Stream, the rows that each stretch is made of."""
    asked = [(n, name, p) for n, each in enumerate(wanted) for name, p in each.allowed.items()]
    found: list[dict[str, list[_Row]]] = [defaultdict(list) for _ in wanted]
    if not asked:
        return found
    days = [wanted[n].sitting.day for n, _, _ in asked]
    columns: list[list[Any]] = [
        days,
        [wanted[n].sitting.id for n, _, _ in asked],
        [name for _, name, _ in asked],
        [permit.epoch for _, _, permit in asked],
        [wanted[n].t0 for n, _, _ in asked],
        [_looked_until(wanted[n]) for n, _, _ in asked],
    ]
    with connection.cursor() as cursor:
        cursor.execute(BLOCKS, [*columns, min(days), max(days), LONGEST_BLOCK_S])
        for place_, *row in cursor.fetchall():
            n, name, _ = asked[place_ - 1]
            found[n][name].append(_Row(wanted[n].sitting.id, *row))
    return found


def _looked_until(wanted: Wanted) -> float:
    """A row says when its newest Block began; once a Sitting is over, others stand in it."""
    return wanted.t1 + (block_compression.LONGEST_S if wanted.sitting.ended_at else 0.0)


def _chunks(rows: Iterable[Stored], permit: Permit, told: Sequence[Source]) -> Iterator[Chunk]:
    stream = streams.stream(permit.stream)
    for row in rows:
        try:
            frames = list(frames_in(row, permit))
        except KeyDestroyed:
            continue
        yield from (opened(frame, stream, told) for frame in frames)


def frames_in(row: Stored, permit: Permit) -> Iterator[Frame]:
    """The Blocks of a row of the Permit's person and Stream, as they were sent: one or, where the
    Sitting is over, those that it took in. Raises KeyDestroyed, Tampered."""
    at = place(row.sitting, permit.stream, row.seq, permit.subject)
    for raw in block_compression.unpack(unseal(row.sealed, place=at)):
        yield from parse(raw)


def opened(frame: Frame, stream: Stream, told: Sequence[Source]) -> Chunk:
    """One Block as the values it stands for."""
    rows = as_sent(frame.raw, stream, frame.rows, frame.channels)
    end = frame.t0 + len(rows) / frame.rate_hz if frame.rate_hz else float(rows[-1, 0])
    source = devices.at(told, end)
    values = in_units(rows, stream, source.scale if source else stream.scale or 1)
    return Chunk(frame.t0, frame.rate_hz, values, source.backend if source else "")


def in_units(rows: NDArray[Any], stream: Stream, scale: float) -> NDArray[np.float32]:
    """Rows as sent (R, C) in the channels' units, NaN = missing."""
    if stream.dtype == "f4":
        return rows.astype(np.float32, copy=False)
    scaled = rows.astype(np.float32) * np.float32(scale)
    scaled[rows == MISSING_I2] = np.nan
    return scaled
