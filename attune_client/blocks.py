"""Encoder of the socket's Blocks (docs/socket.md): a head of 24 bytes, then rows of values."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.streams import Stream, stream

VERSION = 1
HEAD = struct.Struct("<BBHIdfHH")
EPOCH_MASK = 0xFFFF
# Largest value of an `i2` sample; -32768 means "missing".
LARGEST = 32767


@dataclass(frozen=True, slots=True)
class BlockRows:
    """About a second of one Stream: rows (R, C), converted to the Stream's dtype in the Block.

    `t0`: the time of the first row, s since the Sitting began. `rate_hz` is 0 where the first
    column of each row is its time.
    """

    stream: str
    t0: float
    rate_hz: float
    values: NDArray[Any]

    def thin(self, rate_hz: float) -> BlockRows:
        """Keep every n-th row, so that at most `rate_hz` rows a second are left."""
        step = int(np.ceil(self.rate_hz / rate_hz - 1e-6)) if rate_hz > 0 else 1
        if self.rate_hz <= 0 or step <= 1:
            return self
        return BlockRows(self.stream, self.t0, self.rate_hz / step, self.values[::step])


@dataclass(frozen=True, slots=True)
class StreamDevice:
    """The source of a Stream. For `i2` samples, value in the Stream's unit = sample × scale."""

    stream: str
    backend: str
    scale: float = 1.0


def encode_block(cut: BlockRows, *, epoch: int, seq: int) -> bytes:
    """Encode one Block: its head, then its rows."""
    known = stream(cut.stream)
    head = encode_head(
        known, epoch=epoch, seq=seq, t0=cut.t0, rate_hz=cut.rate_hz, shape=cut.values.shape
    )
    return head + np.ascontiguousarray(cut.values, dtype=f"<{known.dtype}").tobytes()


def encode_head(
    known: Stream, *, epoch: int, seq: int, t0: float, rate_hz: float, shape: tuple[int, ...]
) -> bytes:
    """Encode the head of a Block of `shape` (rows, channels)."""
    return HEAD.pack(VERSION, known.number, epoch & EPOCH_MASK, seq, t0, rate_hz, *shape)


def round_to_resolution(name: str, values: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Round values (R, C) to each channel's resolution, as the page does before it sends them."""
    steps = np.array([channel.resolution for channel in stream(name).channels])
    whole = np.rint(1 / np.minimum(steps, 1))  # dividing by a whole number gives the nearest float
    fine = np.rint(values * whole) / whole
    return np.asarray(np.where(steps > 1, np.rint(values / steps) * steps, fine))


def quantize(values: NDArray[np.float64], scale: float) -> NDArray[np.int16]:
    """Convert values (R, C) in the Stream's unit to samples; clip what does not fit."""
    steps = np.rint(values / scale)
    return np.clip(steps, -LARGEST, LARGEST).astype(np.int16)


def scale_for(peak: float, least: float) -> float:
    """Return the smallest scale `least` × 2**k at which `peak` fits into a sample."""
    scale = least
    while peak / scale > LARGEST:
        scale *= 2
    return scale
