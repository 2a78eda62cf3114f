"""Parse a binary message of the socket into Blocks; heads are checked, values not interpreted.

Pure: bytes in, Frames out. A message whose lengths do not add up is refused whole (4400).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from emotion import streams
from emotion.streams import Stream

VERSION = 1
HEAD = struct.Struct("<BBHIdfHH")
BYTES = {"f4": 4, "i2": 2}
CLOSE_CODE = 4400


class BadFrame(ValueError):
    """The message is no sequence of Blocks: the socket is closed with `code`."""

    code = CLOSE_CODE

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class BlockFrame(NamedTuple):
    """One Block as sent; `stream` is None for an unknown number."""

    stream: Stream | None
    number: int
    epoch: int
    seq: int
    t0: float
    rate_hz: float
    rows: int
    channels: int
    raw: bytes

    @property
    def payload(self) -> memoryview:
        return memoryview(self.raw)[HEAD.size :]


def parse(data: bytes) -> list[BlockFrame]:
    """Return the Blocks of one message in order. Raises BadFrame."""
    return list(_frames(data))


def _frames(data: bytes) -> Iterator[BlockFrame]:
    if not data:
        raise BadFrame("expected at least one Block, got nothing")
    offset = 0
    while offset < len(data):
        frame = _frame(data, offset)
        offset += len(frame.raw)
        yield frame


def _frame(data: bytes, offset: int) -> BlockFrame:
    if len(data) - offset < HEAD.size:
        raise BadFrame(f"expected a head of {HEAD.size} bytes, got {len(data) - offset}")
    version, number, epoch, seq, t0, rate_hz, rows, channels = HEAD.unpack_from(data, offset)
    if version != VERSION:
        raise BadFrame(f"expected version {VERSION}, got {version}")
    stream = _BY_NUMBER.get(number)
    _check_shape(stream, rows, channels)
    # The length of a Block of an unknown Stream is read as if its values were f4.
    size = HEAD.size + rows * channels * BYTES[stream.dtype if stream else "f4"]
    if len(data) - offset < size:
        raise BadFrame(f"expected {size} bytes as the head says, got {len(data) - offset}")
    raw = data[offset : offset + size]
    return BlockFrame(stream, number, epoch, seq, t0, rate_hz, rows, channels, raw)


def _check_shape(stream: Stream | None, rows: int, channels: int) -> None:
    if not rows or not channels:
        raise BadFrame(f"expected rows and channels, got {rows} x {channels}")
    if stream and stream.channels and channels != len(stream.channels):
        raise BadFrame(f"expected {len(stream.channels)} channels, got {channels}")


_BY_NUMBER = {stream.number: stream for stream in streams.load().values()}
