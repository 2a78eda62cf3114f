"""Codec of Polar Measurement Data: commands, answers, and frames of samples.

An incomplete or damaged frame gives None, never a part of it.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

TYPES = MappingProxyType({"ecg": 0, "ppg": 1, "acc": 2})
START, STOP = 2, 3
_ANSWER, _HEAD_BYTES, _COMPRESSED = 0xF0, 10, 0x80

# Settings by number: name, bytes of one value.
_SETTINGS = {
    0: ("rate", 2),
    1: ("resolution", 2),
    2: ("range", 2),
    3: ("range_milli", 4),
    4: ("channels", 1),
    5: ("factor", 4),
}

Sample = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Form:
    """Layout of samples in a frame; `unit` = one step in the Stream's unit, times the factor."""

    channels: int
    width: int
    unit: int = 1
    of_factor: bool = False


# By type of measurement and type of frame.
_FORMS = {
    (0, 0): _Form(1, 3),
    (1, 0): _Form(4, 3),
    (1, 128): _Form(4, 3),
    (2, 0): _Form(3, 1),
    (2, 1): _Form(3, 2),
    (2, 128): _Form(3, 2, 1000, of_factor=True),
    (2, 129): _Form(3, 2, of_factor=True),
}


@dataclass(frozen=True, slots=True)
class PolarAnswer:
    """The control point's answer to a command; `error` 0 = done, 6 = already in this state."""

    operation: int
    type: int
    error: int
    more: bool
    settings: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class PolarFrame:
    """One packet of samples.

    Attributes
    ----------
    type : int
        A value of `TYPES`.
    stamp_ms : float
        Of the last sample, ms since 2000-01-01 by the device's clock.
    samples : tuple of tuple of int
        Channels in µV (ecg), device counts (ppg: three lights, then ambient) or mg (acc).
    """

    type: int
    stamp_ms: float
    samples: tuple[Sample, ...]


def start_command(type_: int, settings: Mapping[str, int]) -> bytes:
    """Return the command to start a measurement; `settings` by name, such as {"rate": 130}."""
    parts = [bytes((START, type_))]
    for number, (name, size) in _SETTINGS.items():
        if name in settings:
            parts.append(bytes((number, 1)) + settings[name].to_bytes(size, "little"))
    return b"".join(parts)


def stop_command(type_: int) -> bytes:
    """Return the command to end a measurement."""
    return bytes((STOP, type_))


def parse_answer(data: bytes) -> PolarAnswer | None:
    """Return the content of a control point's indication; None if it is no answer."""
    if len(data) < 4 or data[0] != _ANSWER:
        return None
    told = data[3] == 0 and len(data) > 4
    settings = parse_settings(data[5:]) if told else {}
    return PolarAnswer(data[1], data[2], data[3], told and data[4] != 0, settings)


def parse_settings(data: bytes) -> dict[str, tuple[float, ...]]:
    """Return each setting's values; stops at an unknown number."""
    found: dict[str, tuple[float, ...]] = {}
    at = 0
    while at + 2 <= len(data):
        name, size = _SETTINGS.get(data[at], ("", 0))
        begins, ends = at + 2, at + 2 + data[at + 1] * size
        if not name or ends > len(data):
            break
        values = [_setting(name, data[i : i + size]) for i in range(begins, ends, size)]
        found[name] = tuple(value for value in values if math.isfinite(value))
        at = ends
    return found


def _setting(name: str, raw: bytes) -> float:
    if name != "factor":
        return int.from_bytes(raw, "little")
    value: float = struct.unpack("<f", raw)[0]
    return value


def parse_frame(data: bytes, factor: float = 1.0) -> PolarFrame | None:
    """Return the samples of a frame; None if it is damaged or of an unknown form.

    Parameters
    ----------
    factor : float
        One step of a compressed acceleration, from the answer to its start command.
    """
    if len(data) <= _HEAD_BYTES:
        return None
    form = _FORMS.get((data[0], data[9]))
    if form is None:
        return None
    read: Callable[[bytes, _Form], list[Sample] | None]
    read = _deltas if data[9] & _COMPRESSED else _raw
    found = read(data[_HEAD_BYTES:], form)
    if found is None:
        return None
    unit = form.unit * (factor if form.of_factor else 1)
    samples = found if unit == 1 else [tuple(_scaled(v, unit) for v in row) for row in found]
    stamp_ms = int.from_bytes(data[1:9], "little") / 1e6
    return PolarFrame(data[0], stamp_ms, tuple(samples))


def _scaled(value: int, unit: float) -> int:
    """Round halves upwards as JavaScript does, so that both languages give the same result."""
    return int((value * unit + 0.5) // 1)


def _raw(body: bytes, form: _Form) -> list[Sample] | None:
    step = form.channels * form.width
    if len(body) % step:
        return None
    return [_row(body, at, form) for at in range(0, len(body), step)]


def _row(body: bytes, at: int, form: _Form) -> Sample:
    starts = range(at, at + form.channels * form.width, form.width)
    return tuple(int.from_bytes(body[i : i + form.width], "little", signed=True) for i in starts)


def _deltas(body: bytes, form: _Form) -> list[Sample] | None:
    """Decode a compressed frame.

    It has one full sample, then groups of differences to the previous sample: bits of one
    difference, number of samples, and the bits, lowest first.
    """
    at = form.channels * form.width
    if len(body) < at:
        return None
    samples = [_row(body, 0, form)]
    while at < len(body):
        if at + 2 > len(body):
            return None
        width, count = body[at], body[at + 1]
        ends = at + 2 + -(-width * count * form.channels // 8)
        if not 1 <= width <= 32 or ends > len(body):
            return None
        for row in _differences(body[at + 2 : ends], width, count, form.channels):
            samples.append(tuple(a + b for a, b in zip(samples[-1], row, strict=True)))
        at = ends
    return samples


def _differences(packed: bytes, width: int, count: int, channels: int) -> list[Sample]:
    whole = int.from_bytes(packed, "little")
    mask, sign = (1 << width) - 1, 1 << (width - 1)
    flat = [((whole >> i * width & mask) ^ sign) - sign for i in range(count * channels)]
    return [tuple(flat[i : i + channels]) for i in range(0, len(flat), channels)]
