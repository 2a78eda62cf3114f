"""Blocks as the socket takes them (docs/socket.md): a head of 24 bytes, then rows of values."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.streams import stream

VERSION = 1
HEAD = struct.Struct("<BBHIdfHH")
# What a sample of two bytes can hold; one less stands for "missing".
LARGEST = 32767


@dataclass(frozen=True, slots=True)
class Cut:
    """About a second of one Stream: rows (R, C) in the Stream's own dtype, the first at `t0` s of
    the Sitting; `rate_hz` 0 where their first column is their time."""

    stream: str
    t0: float
    rate_hz: float
    values: NDArray[Any]

    def slower(self, rate_hz: float) -> Cut:
        """Every so-manieth row, so that at most `rate_hz` are left a second."""
        step = int(np.ceil(self.rate_hz / rate_hz - 1e-6)) if rate_hz > 0 else 1
        if self.rate_hz <= 0 or step <= 1:
            return self
        return Cut(self.stream, self.t0, self.rate_hz / step, self.values[::step])


@dataclass(frozen=True, slots=True)
class Device:
    """What gives a Stream; value in the Stream's unit = sample x scale where samples are `i2`."""

    stream: str
    backend: str
    scale: float = 1.0


def block(cut: Cut, *, epoch: int, seq: int) -> bytes:
    """One Block."""
    known = stream(cut.stream)
    rows, channels = cut.values.shape
    head = HEAD.pack(
        VERSION, known.number, epoch & 0xFFFF, seq, cut.t0, cut.rate_hz, rows, channels
    )
    return head + np.ascontiguousarray(cut.values, dtype=f"<{known.dtype}").tobytes()


def rounded(name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values (R, C) told no finer than each channel means, as a page tells them."""
    steps = np.array([channel.resolution for channel in stream(name).channels])
    whole = np.rint(1 / np.minimum(steps, 1))  # dividing by a whole number gives the nearest float
    fine = np.rint(values * whole) / whole
    return np.asarray(np.where(steps > 1, np.rint(values / steps) * steps, fine))


def samples(values: NDArray[np.float64], scale: float) -> NDArray[np.int16]:
    """Values (R, C) in the Stream's unit as samples; what does not fit is held at the edge."""
    steps = np.rint(values / scale)
    return np.clip(steps, -LARGEST, LARGEST).astype(np.int16)


def scale_for(peak: float, least: float) -> float:
    """The least scale of `least` x 2**k at which `peak` still fits."""
    scale = least
    while peak / scale > LARGEST:
        scale *= 2
    return scale
