"""The rows of many Blocks of one Stream as arrays, from which Tracks are cut.

A Window needs hundreds of Blocks, so they are decoded together and not one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.streams import Stream
from emotion.windows import EVENT_HOLDS_S, Track, cut_track
from telemetry.blocks.block_compression import HEADS
from telemetry.blocks.block_validation import MISSING_I2
from telemetry.blocks.frame_parser import HEAD, VERSION, BadFrame
from telemetry.devices.devices import DeviceSource, source_at


@dataclass(frozen=True, slots=True)
class StreamRows:
    """Rows of one Stream in order of time, and the Blocks that they came in.

    Attributes
    ----------
    times : (N,) float64
        Start of each row, s since the Sitting began.
    values : (N, C) float32
        In the channels' units; NaN = missing.
    blocks : (N,) int64
        The Block of each row.
    starts, rates : (B,) float64
        Time of each Block's first row, not decreasing; its rate in Hz, 0 for events.
    backends : sequence of str
        What produced each Block's rows; "" if unknown.
    """

    stream: Stream
    times: NDArray[np.float64]
    values: NDArray[np.float32]
    blocks: NDArray[np.int64]
    starts: NDArray[np.float64]
    rates: NDArray[np.float64]
    backends: Sequence[str]

    def cut(self, t0: float, t1: float, reach_s: float, backend: str = "") -> Track:
        """Return the Track of [t0, t1), from Blocks that begin at most `reach_s` before.

        Two devices measure the same thing differently, so only rows of the newest one are in it.
        `backend` replaces its name.
        """
        first, last = np.searchsorted(self.starts, [t0 - reach_s, t1]).tolist()
        newest = self.backends[last - 1] if last > first else ""
        near = [n for n in range(first, last) if self.backends[n] == newest]
        times, values = self.times, self.values
        if len(near) < last - first:
            chosen = np.isin(self.blocks, near)
            times, values = times[chosen], values[chosen]
        elif len(near) < len(self.starts):
            chosen = (self.blocks >= first) & (self.blocks < last)
            times, values = times[chosen], values[chosen]
        return cut_track(
            self.stream,
            times,
            values,
            t0=t0,
            t1=t1,
            backend=backend or newest,
            period_s=self._period_s(near),
        )

    def _period_s(self, near: Sequence[int]) -> float:
        if self.stream.events:
            return EVENT_HOLDS_S
        rates = self.rates[near]
        given = rates[rates > 0]
        return 1.0 / float(given[0] if len(given) else self.stream.rate_hz or 1.0)


def decode_blocks(
    blocks: Sequence[bytes], stream: Stream, sources: Sequence[DeviceSource]
) -> StreamRows:
    """Return the rows of stored Blocks of this Stream. Raises BadFrame for other bytes."""
    heads = _read_heads(blocks, stream)
    order = np.argsort(heads["t0"], kind="stable")
    heads, blocks = heads[order], [blocks[n] for n in order.tolist()]
    counts = heads["rows"].astype(np.int64)  # (B,)
    dtype = np.dtype(f"<{stream.dtype}")
    payload = b"".join([block[HEAD.size :] for block in blocks])
    sent = np.frombuffer(payload, dtype).reshape(-1, len(stream.channels))  # (N, C)
    starts, rates = heads["t0"].astype(np.float64), heads["rate_hz"].astype(np.float64)
    owner = np.repeat(np.arange(len(heads)), counts)  # (N,)
    ends = _ends(starts, rates, counts, sent)
    found = [source_at(sources, end) for end in ends] if len(sources) > 1 else []
    by_block = found or [sources[0] if sources else None] * len(heads)
    scales = [source.scale if source else stream.scale or 1 for source in by_block]
    values = in_units(sent, stream, np.array(scales, np.float32)[owner, None])
    times = _times(starts, rates, counts, owner, values)
    in_time = np.argsort(times, kind="stable") if (np.diff(times) < 0).any() else slice(None)
    backends = [source.backend if source else "" for source in by_block]
    return StreamRows(
        stream, times[in_time], values[in_time], owner[in_time], starts, rates, backends
    )


def _read_heads(blocks: Sequence[bytes], stream: Stream) -> NDArray[np.void]:
    """Return the heads (B,). Raises BadFrame where a length is not what its head says."""
    heads = np.frombuffer(b"".join([block[: HEAD.size] for block in blocks]), HEADS)
    width = len(stream.channels)
    sizes = heads["rows"].astype(np.int64) * (width * np.dtype(f"<{stream.dtype}").itemsize)
    lengths = np.fromiter(map(len, blocks), np.int64, len(blocks)) - HEAD.size
    if (
        (heads["version"] != VERSION).any()
        or (heads["channels"] != width).any()
        or (sizes != lengths).any()
    ):
        raise BadFrame(f"{stream.name}: expected Blocks of {width} channels as their heads say")
    return heads


def _ends(
    starts: NDArray[np.float64],
    rates: NDArray[np.float64],
    counts: NDArray[np.int64],
    sent: NDArray[np.float32] | NDArray[np.int16],
) -> list[float]:
    """Return the end of each Block (B,); that of events is the time of the last one."""
    last = sent[np.cumsum(counts) - 1, 0].astype(np.float64)
    even = starts + counts / np.where(rates > 0, rates, 1.0)
    ends: list[float] = np.where(rates > 0, even, last).tolist()
    return ends


def in_units(
    sent: NDArray[np.float32] | NDArray[np.int16],
    stream: Stream,
    scale: np.float32 | NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return rows as sent (N, C) in the channels' units, NaN = missing.

    `scale`: one for all rows, or (N, 1).
    """
    if stream.dtype == "f4":
        return sent.astype(np.float32, copy=False)
    scaled = sent.astype(np.float32) * scale
    scaled[sent == MISSING_I2] = np.nan
    return scaled


def _times(
    starts: NDArray[np.float64],
    rates: NDArray[np.float64],
    counts: NDArray[np.int64],
    owner: NDArray[np.int64],
    values: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Return the start of each row (N,); that of an event is its first column."""
    place = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    even = starts[owner] + place / np.where(rates > 0, rates, 1.0)[owner]
    return np.asarray(np.where(rates[owner] > 0, even, values[:, 0].astype(np.float64)))
