"""The Blocks of a Window, opened under live Permits and joined to Tracks (I-1, I-2).

What no Permit covers, what an older epoch sealed and what lost its key is simply not there. A Track
is of one device: where a Window saw two, of the newer one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from typing import Any

import numpy as np
from numpy.typing import NDArray

from consent.gate import Permit
from emotion import streams
from emotion.streams import Stream
from emotion.windows import Chunk, Track, of_one_backend, track
from telemetry import devices
from telemetry.devices import Source
from telemetry.frames import HEAD
from telemetry.group_commit import place
from telemetry.models import Block, Sitting
from telemetry.values import LONGEST_BLOCK_S, MISSING_I2, as_sent
from vault.errors import KeyDestroyed
from vault.sealing import unseal


def read(sitting: Sitting, permits: Iterable[Permit], t0: float, t1: float) -> dict[str, Track]:
    """A Track for each permitted Stream that has rows in [t0, t1)."""
    allowed = {p.scope.partition(":")[0]: p for p in permits if _is_for(p, sitting)}
    told = devices.of(sitting) if any(streams.stream(name).backends for name in allowed) else {}
    found = {
        name: _track(sitting, permit, told.get(name, ()), t0, t1)
        for name, permit in allowed.items()
    }
    return {name: track for name, track in found.items() if len(track.times)}


def _is_for(permit: Permit, sitting: Sitting) -> bool:
    return permit.scope.endswith(":adapt") and permit.subject == sitting.learner.code


def _track(sitting: Sitting, permit: Permit, told: Sequence[Source], t0: float, t1: float) -> Track:
    stream = streams.stream(permit.scope.partition(":")[0])
    chunks, backend = of_one_backend(_chunks(sitting, stream, permit, told, t0, t1), t1)
    if sitting.learner.simulated:
        backend = "simulated"
    return track(stream, chunks, t0=t0, t1=t1, backend=backend)


def _chunks(
    sitting: Sitting,
    stream: Stream,
    permit: Permit,
    told: Sequence[Source],
    t0: float,
    t1: float,
) -> Iterator[Chunk]:
    for block in _blocks(sitting, stream, permit, t0, t1):
        try:
            yield opened(block, permit, told)
        except KeyDestroyed:
            continue


def opened(block: Block, permit: Permit, told: Sequence[Source]) -> Chunk:
    """One Block of the Permit's person and Stream. Raises KeyDestroyed, Tampered."""
    stream = streams.stream(permit.scope.partition(":")[0])
    at = place(block.sitting, stream.name, block.seq, permit.subject)
    raw = unseal(block.sealed, place=at)
    rows = as_sent(raw, stream, block.rows, block.channels)
    t0, rate_hz = HEAD.unpack_from(raw)[4:6]
    source = devices.at(told, t0 + len(rows) / rate_hz if rate_hz else float(rows[-1, 0]))
    values = in_units(rows, stream, source.scale if source else stream.scale or 1)
    return Chunk(t0, rate_hz, values, source.backend if source else "")


def in_units(rows: NDArray[Any], stream: Stream, scale: float) -> NDArray[np.float32]:
    """Rows as sent (R, C) in the channels' units, NaN = missing."""
    if stream.dtype == "f4":
        return rows.astype(np.float32, copy=False)
    scaled = rows.astype(np.float32) * np.float32(scale)
    scaled[rows == MISSING_I2] = np.nan
    return scaled


def _blocks(
    sitting: Sitting, stream: Stream, permit: Permit, t0: float, t1: float
) -> Iterable[Block]:
    """The Blocks that can have a row in [t0, t1): found along the primary key of one Stream."""
    return Block.objects.filter(
        day=sitting.began_at.astimezone(UTC).date(),
        sitting=sitting.id,
        stream=stream.name,
        epoch=permit.epoch,
        t0__gte=t0 - LONGEST_BLOCK_S,
        t0__lt=t1,
    )
