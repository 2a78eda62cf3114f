"""Whether a Block may be stored: finite, missing values only where allowed, time moving forward."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.streams import Stream
from telemetry.blocks.frame_parser import HEAD, BlockFrame
from telemetry.models import LONGEST_SITTING_S

CLOCK_SLACK_S = 5.0
# A Window looks for Blocks that began up to this long before it, and no further back.
LONGEST_BLOCK_S = 15.0
MISSING_I2 = -32768
F4: np.dtype[np.float32] = np.dtype("<f4")
I2: np.dtype[np.int16] = np.dtype("<i2")


class BadBlock(ValueError):
    """The Block is not stored; `code` is that of the `error` message."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        super().__init__(detail)


@dataclass(slots=True)
class StreamClock:
    """The newest Block of one Stream, to detect time going backwards."""

    seq: int = -1
    t0: float = 0.0

    def check(self, seq: int, t0: float) -> None:
        """Check that numbers and times increase together. Raises BadBlock(time_reversed)."""
        if (seq > self.seq and t0 < self.t0) or (seq < self.seq and t0 > self.t0):
            raise BadBlock("time_reversed", f"expected Blocks in order of time, got t0 {t0:.3f}")
        if seq > self.seq:
            self.seq, self.t0 = seq, t0


def check(frame: BlockFrame, stream: Stream, elapsed_s: float) -> None:
    """Raise BadBlock where a value of the head or of the rows is invalid; `elapsed_s` = now."""
    _check_head(frame, stream, elapsed_s)
    if stream.dtype != "f4":
        return
    # Search the bytes: all() of a small array takes longer than everything else here.
    finite = np.isfinite(np.frombuffer(frame.raw, F4, offset=HEAD.size)).tobytes()
    if stream.events or b"\0" in finite:
        rows = as_sent(frame.raw, stream, frame.rows, frame.channels)
        if b"\0" in finite:
            _check_missing(rows, stream)
        if stream.events:
            _check_times(rows[:, 0], frame.t0)


def as_sent(
    raw: bytes, stream: Stream, rows: int, channels: int
) -> NDArray[np.float32] | NDArray[np.int16]:
    """Return the rows of a Block (rows, channels) in the Stream's own dtype."""
    if stream.dtype == "f4":
        return np.frombuffer(raw, F4, offset=HEAD.size).reshape(rows, channels)
    return np.frombuffer(raw, I2, offset=HEAD.size).reshape(rows, channels)


def _check_head(frame: BlockFrame, stream: Stream, elapsed_s: float) -> None:
    latest = min(elapsed_s + CLOCK_SLACK_S, LONGEST_SITTING_S)
    if not 0 <= frame.t0 <= latest:
        raise BadBlock("bad_values", f"expected t0 between 0 and {latest:.0f} s, got {frame.t0}")
    if not (math.isfinite(frame.rate_hz) and frame.rate_hz >= 0):
        raise BadBlock("bad_values", f"expected a rate of 0 or more, got {frame.rate_hz}")
    if stream.events != (frame.rate_hz == 0):
        raise BadBlock("bad_values", "expected rate 0 for event rows and only for them")
    if frame.rate_hz and frame.rows > frame.rate_hz * LONGEST_BLOCK_S:
        raise BadBlock("bad_values", f"expected at most {LONGEST_BLOCK_S:.0f} s in a Block")


def _check_missing(rows: NDArray[np.float32] | NDArray[np.int16], stream: Stream) -> None:
    if np.isinf(rows).any():
        raise BadBlock("bad_values", "expected finite values, got infinity")
    missing = np.asarray(np.isnan(rows).any(axis=0))
    for channel, is_missing in zip(stream.channels, missing, strict=False):
        if is_missing and not channel.nullable:
            raise BadBlock("bad_values", f"expected a value in {channel.name}, got none")


def _check_times(times: NDArray[np.float32] | NDArray[np.int16], t0: float) -> None:
    if times[0] < 0 or (np.diff(times) < 0).any():
        raise BadBlock("time_reversed", "expected event rows in order of time")
    if times[0] < t0 - LONGEST_BLOCK_S or times[-1] > t0 + LONGEST_BLOCK_S:
        raise BadBlock("bad_values", f"expected events within {LONGEST_BLOCK_S:.0f} s of t0")
