"""A recording to be replayed: rows of its Streams by time, cut second by second."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attune_client.blocks import BlockRows, StreamDevice, quantize, round_to_resolution
from emotion.streams import stream

SECOND_S = 1.0
# A row later than expected by more than this share of a period begins a new Block.
JITTER = 0.5


@dataclass(frozen=True, slots=True)
class RecordedStream:
    """One Stream of a recording: rows (N, C) in its units at `times` (N,).

    `times`: s since the recording began, not decreasing. `rate_hz` is 0 where the rows are events
    whose first column is their time.
    """

    device: StreamDevice
    rate_hz: float
    times: NDArray[np.float64]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReplayableRecording:
    """A recording to be replayed.

    `length_s`: until its longest Stream ends. `notes`: what was left out of it, for the user.
    """

    lanes: Sequence[RecordedStream]
    notes: Sequence[str] = ()

    @property
    def length_s(self) -> float:
        ends = [float(lane.times[-1]) for lane in self.lanes if len(lane.times)]
        return max(ends, default=0.0) + SECOND_S

    @property
    def streams(self) -> tuple[str, ...]:
        return tuple(lane.device.stream for lane in self.lanes)

    def only(self, streams: Collection[str]) -> ReplayableRecording:
        return ReplayableRecording(
            [lane for lane in self.lanes if lane.device.stream in streams], self.notes
        )

    def between(self, begin: float, end: float, shift: float) -> Iterator[BlockRows]:
        """Yield the Blocks of [begin, end) s of the recording, moved by `shift` s."""
        for lane in self.lanes:
            first, last = np.searchsorted(lane.times, [begin, end])
            if last > first:
                yield from split_into_blocks(lane, slice(int(first), int(last)), shift)


def split_into_blocks(lane: RecordedStream, rows: slice, shift: float) -> Iterator[BlockRows]:
    """Split rows into Blocks: one, or more where rows are missing in between."""
    times, values = lane.times[rows] + shift, lane.values[rows]
    name = lane.device.stream
    if lane.rate_hz == 0:
        events = np.column_stack([times, values[:, 1:]])
        yield BlockRows(name, float(times[0]), 0.0, round_to_resolution(name, events))
        return
    is_whole = stream(name).dtype == "i2"
    kept = quantize(values, lane.device.scale) if is_whole else round_to_resolution(name, values)
    apart = np.diff(times) * lane.rate_hz - 1 > JITTER
    for part in np.split(np.arange(len(times)), np.flatnonzero(apart) + 1):
        yield BlockRows(name, float(times[part[0]]), lane.rate_hz, kept[part])
