"""Pack many Blocks of one Stream into one value, much smaller and restored byte for byte.

Each column (of the heads and of the rows) becomes whole steps of its resolution. The differences of
these are split into bytes by their place in the number, then compressed by zlib. A column that is
not exactly on its steps is stored as it is. A value contains its own steps, so a Stream's
resolution may change later.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from emotion import streams
from telemetry.blocks.frame_parser import HEAD

# A Block begins with its version, 1; a packed value begins with this.
PACKED: Final = b"\x02"
# The oldest Block in a packed value is at most this much older than the newest.
LONGEST_S: Final = 300.0
LEVEL: Final = 6
HEADS: Final = np.dtype(
    [
        ("version", "u1"),
        ("stream", "u1"),
        ("epoch", "<u2"),
        ("seq", "<u4"),
        ("t0", "<f8"),
        ("rate_hz", "<f4"),
        ("rows", "<u2"),
        ("channels", "<u2"),
    ]
)
T0_STEP: Final = 0.001
# How many Blocks, channels, and bytes a value; then the columns.
SIZES: Final = struct.Struct("<IHB")
# Of a column: how it is written, and its step.
COLUMN: Final = struct.Struct("<Bd")
UNCHANGED, IN_STEPS = 0, 1
VALUE, MISSING, MINUS_ZERO = 0, 1, 2
MOST_STEPS: Final = 2**30
Column = NDArray[Any]


def pack(blocks: Sequence[bytes]) -> bytes:
    """Return one value of these Blocks of one Stream. Raises ValueError for other bytes."""
    heads = np.frombuffer(b"".join(raw[: HEAD.size] for raw in blocks), HEADS)
    rows, steps = _rows(heads, b"".join(raw[HEAD.size :] for raw in blocks))
    with np.errstate(all="ignore"):  # a value that overflows is not on its steps
        columns = [_pack_column(heads[name], T0_STEP) for name in HEADS.names or ()]
        columns += [_pack_column(column, step) for column, step in zip(rows.T, steps, strict=True)]
    sizes = SIZES.pack(len(heads), rows.shape[1], rows.itemsize)
    value = PACKED + zlib.compress(sizes + b"".join(columns), LEVEL)
    if list(unpack(value)) != list(blocks):
        raise ValueError("expected Blocks as a page sends them, got other bytes when unpacked")
    return value


def unpack(value: bytes) -> Iterator[bytes]:
    """Yield the Blocks of a stored value in order; an unpacked Block yields itself."""
    if value[:1] != PACKED:
        yield value
        return
    file = BytesIO(zlib.decompress(value[1:]))
    count, channels, size = SIZES.unpack(file.read(SIZES.size))
    heads = np.empty(count, HEADS)
    for name in HEADS.names or ():
        heads[name] = _unpack_column(file, count, HEADS[name])
    dtype = np.dtype("<f4" if size == 4 else "<i2")
    shape = (channels, int(heads["rows"].sum(dtype=np.int64)))
    rows = np.empty(shape, dtype)
    for column in rows:
        column[:] = _unpack_column(file, len(column), dtype)
    payload, end = rows.T.tobytes(), 0
    for head in heads:
        begin, end = end, end + int(head["rows"]) * channels * size
        yield head.tobytes() + payload[begin:end]


def find(value: bytes, seq: int) -> bytes | None:
    """Return the Block with this number in a stored value; None if it is not there."""
    for raw in unpack(value):
        if HEAD.unpack_from(raw)[3] == seq:
            return raw
    return None


def _rows(heads: Column, payload: bytes) -> tuple[Column, list[float]]:
    """Return values as sent (R, C), and each channel's step."""
    numbers, widths = set(heads["stream"].tolist()), set(heads["channels"].tolist())
    if len(numbers) != 1 or len(widths) != 1:
        raise ValueError(f"expected one Stream and width, got {numbers} and {widths}")
    stream = streams.by_number(numbers.pop())
    width, dtype = widths.pop(), np.dtype(f"<{stream.dtype}")
    expected = int(heads["rows"].sum(dtype=np.int64)) * width * dtype.itemsize
    if len(payload) != expected:
        raise ValueError(f"expected {expected} bytes as the heads say, got {len(payload)}")
    rows = np.frombuffer(payload, dtype).reshape(-1, width)
    # A bridge's own channels are counts.
    return rows, [channel.resolution for channel in stream.channels] or [1.0] * rows.shape[1]


def _pack_column(column: Column, step: float) -> bytes:
    found = _to_steps(column, step)
    if found is None:
        return COLUMN.pack(UNCHANGED, step) + _by_place(column)
    whole, states = found
    return COLUMN.pack(IN_STEPS, step) + states.tobytes() + _by_place(_differences(whole))


def _unpack_column(file: BytesIO, count: int, dtype: np.dtype[Any]) -> Column:
    written, step = COLUMN.unpack(file.read(COLUMN.size))
    if written == UNCHANGED:
        return _from_places(file, count, dtype)
    states = np.frombuffer(file.read(count), np.uint8)
    zigzag = _from_places(file, count, np.dtype("<u4")).astype(np.int64)
    whole = np.cumsum((zigzag >> 1) ^ -(zigzag & 1))
    return _from_steps(whole, states, step, dtype)


def _to_steps(column: Column, step: float) -> tuple[Column, Column] | None:
    """Return whole steps and the state of each value; None if that would change a byte."""
    states, near = np.zeros(len(column), np.uint8), column.astype(np.float64)
    if column.dtype.kind == "f":
        states[np.isnan(column)] = MISSING
        states[(column == 0) & np.signbit(column)] = MINUS_ZERO
        near = np.rint(near / step if step >= 1 else near * round(1 / step))
    near[states == MISSING] = 0
    if not (np.abs(near) < MOST_STEPS).all():
        return None
    whole = _fill_missing(near.astype(np.int64), states == MISSING)
    same = _from_steps(whole, states, step, column.dtype).tobytes() == column.tobytes()
    return (whole, states) if same else None


def _from_steps(whole: Column, states: Column, step: float, dtype: np.dtype[Any]) -> Column:
    if dtype.kind != "f":
        return whole.astype(dtype)
    # Dividing by a whole number gives the nearest float, as in the page.
    values = (whole * step if step >= 1 else whole / round(1 / step)).astype(dtype)
    values[states == MISSING] = np.nan
    values[states == MINUS_ZERO] = -0.0
    return values


def _fill_missing(whole: Column, missing: Column) -> Column:
    """Replace missing values by the one before: a difference of 0 compresses to almost nothing."""
    last = np.maximum.accumulate(np.where(missing, 0, np.arange(len(whole))))
    return np.asarray(whole[last])


def _differences(whole: Column) -> Column:
    """Return zigzag differences, small in both directions: 0, -1, 1, -2 … as 0, 1, 2, 3 …"""
    steps = np.diff(whole, prepend=0)
    return ((steps << 1) ^ (steps >> 63)).astype("<u4")


def _by_place(numbers: Column) -> bytes:
    """Return all first bytes, then all second bytes, and so on, which zlib compresses better."""
    each = np.ascontiguousarray(numbers).view(np.uint8).reshape(len(numbers), -1)
    return each.T.tobytes()


def _from_places(file: BytesIO, count: int, dtype: np.dtype[Any]) -> Column:
    each = np.frombuffer(file.read(count * dtype.itemsize), np.uint8).reshape(dtype.itemsize, count)
    return np.ascontiguousarray(each.T).view(dtype).reshape(count)
