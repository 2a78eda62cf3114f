"""The byte stream of a Shimmer3 GSR+ as what it says, and its numbers as skin conductance.

Chunks may end anywhere; after a lost byte the next whole packet is found, and what is not sure to
be one is left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

TICKS_A_SECOND = 32_768
# Ticks begin at 0 again after this many: 512 s.
WRAP_TICKS = 1 << 24
# Names of the channels we ask for, each two bytes.
CHANNELS = MappingProxyType({0x1C: "gsr", 0x12: "ppg"})

_ACK, _DATA, _DESCRIPTION, _BATTERY = 0xFF, 0x00, 0x02, b"\x8a\x94"
_DESCRIPTION_BYTES, _BATTERY_BYTES, _MOST_CHANNELS, _STAMP_BYTES = 9, 5, 32, 3
_BATTERY_VOLTS = 3.0 / 4095 * 1.988
# Of one interval between samples: stamps shake by less.
_SHAKE = 1 / 8

# Of each range of the skin channel: its resistor, and what it can tell, in kOhm.
_RANGES = ((40.2, 8, 63), (287, 63, 220), (1000, 220, 680), (3300, 680, 4700))
_WIDEST = len(_RANGES) - 1
# Below this, the widest range tells nothing but that there is no skin.
_WIDEST_LEAST_ADC = 683


@dataclass(frozen=True, slots=True)
class Ack:
    """A command was taken."""


@dataclass(frozen=True, slots=True)
class Description:
    """What it will measure: samples a second, and the ids of its channels in their order."""

    rate_hz: float
    channels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Battery:
    """Its voltage."""

    volts: float


@dataclass(frozen=True, slots=True)
class Packet:
    """One sample of each channel.

    Attributes
    ----------
    ticks : int
        1/32768 s by its own clock, modulo `WRAP_TICKS`.
    values : mapping of str to int
        By the names of `CHANNELS`, as the device gives them.
    """

    ticks: int
    values: MappingProxyType[str, int]


Said = Ack | Description | Battery | Packet


class Reader:
    """Takes bytes, gives what they say; any chunking gives the same.

    It reads answers to commands until `stream` says that samples flow. Source: the manufacturer's
    LogAndStream firmware as public drivers describe it.
    """

    def __init__(self) -> None:
        self._kept = b""
        self._names: tuple[str, ...] | None = None
        self._step = 1.0

    def stream(self, description: Description) -> None:
        """Samples flow from now on. KeyError where a channel is none of `CHANNELS`."""
        self._names = tuple(CHANNELS[each] for each in description.channels)
        self._step = TICKS_A_SECOND / description.rate_hz

    def feed(self, chunk: bytes) -> list[Said]:
        """Return what is complete with these bytes."""
        data, at, said = self._kept + chunk, 0, []
        while (found := self._next(data, at)) is not None:
            size, what = found
            at += size
            if what is not None:
                said.append(what)
        self._kept = data[at:]
        return said

    def _next(self, data: bytes, at: int) -> tuple[int, Said | None] | None:
        """How long what stands at `at` is, and what it says; None where more bytes are needed."""
        if at >= len(data):
            return None
        return _answer(data, at) if self._names is None else self._packet(data, at, self._names)

    def _packet(self, data: bytes, at: int, names: Sequence[str]) -> tuple[int, Said | None] | None:
        """A packet is one only where another begins behind it, whole intervals later.

        A byte lost inside it shows there.
        """
        size = 1 + _STAMP_BYTES + 2 * len(names)
        if data[at] != _DATA:
            return 1, None
        if at + size >= len(data):
            return None
        if data[at + size] != _DATA:
            return 1, None
        if at + size + 1 + _STAMP_BYTES > len(data):
            return None
        ticks = _number(data, at + 1, _STAMP_BYTES)
        if not self._follows(ticks, _number(data, at + size + 1, _STAMP_BYTES)):
            return 1, None
        first = at + 1 + _STAMP_BYTES
        values = {name: _number(data, first + 2 * i, 2) for i, name in enumerate(names)}
        return size, Packet(ticks, MappingProxyType(values))

    def _follows(self, ticks: int, next_ticks: int) -> bool:
        later = (next_ticks - ticks) % WRAP_TICKS
        steps = math.floor(later / self._step + 0.5)
        near = abs(later - steps * self._step) <= self._step * _SHAKE
        return steps >= 1 and later <= TICKS_A_SECOND + self._step and near


def _answer(data: bytes, at: int) -> tuple[int, Said | None] | None:
    if data[at] == _ACK:
        return 1, Ack()
    if data[at] == _DESCRIPTION:
        return _description(data, at)
    if data[at] != _BATTERY[0] or (at + 1 < len(data) and data[at + 1] != _BATTERY[1]):
        return 1, None
    if at + _BATTERY_BYTES > len(data):
        return None
    return _BATTERY_BYTES, Battery(_number(data, at + 2, 2) * _BATTERY_VOLTS)


def _description(data: bytes, at: int) -> tuple[int, Said | None] | None:
    """Interval, four bytes of settings, how many channels, size of a buffer, and the channels."""
    if at + _DESCRIPTION_BYTES > len(data):
        return None
    interval, count = _number(data, at + 1, 2), data[at + 7]
    if not interval or not 1 <= count <= _MOST_CHANNELS:
        return 1, None
    size = _DESCRIPTION_BYTES + count
    if at + size > len(data):
        return None
    channels = tuple(data[at + _DESCRIPTION_BYTES : at + size])
    return size, Description(TICKS_A_SECOND / interval, channels)


def _number(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")


@dataclass(frozen=True, slots=True)
class Conductance:
    """How well the skin conducts.

    Attributes
    ----------
    range : int
        0-3, which resistor measured.
    adc : int
        0-4095.
    kohm, us : float
        Inside what the range can tell; kOhm and µS.
    off : bool
        No skin between the electrodes.
    """

    range: int
    adc: int
    kohm: float
    us: float
    off: bool


def conductance(raw: int) -> Conductance:
    """Return the skin conductance for one number of the skin channel.

    The device divides 0.5 V between the skin and a resistor of the range; R = Rf / (V / 0.5 − 1),
    V = adc · 3 / 4095. The widest range diverges at adc 683 and is held at its limit.
    """
    range_ = raw >> 14 & 3
    own, least, most = _RANGES[range_]
    adc = max(raw & 0x0FFF, _WIDEST_LEAST_ADC if range_ == _WIDEST else 0)
    over = adc * 3.0 / 4095 / 0.5 - 1
    resistance = own / over if over > 0 else math.inf
    kohm = min(float(most), max(float(least), resistance))
    return Conductance(range_, adc, kohm, 1000 / kohm, range_ == _WIDEST and resistance >= most)


def switched(ranges: Sequence[int]) -> tuple[bool, ...]:
    """Return where the range changed: there the number is the switch's and not the skin's."""
    before = [*ranges[:1], *ranges[:-1]]
    return tuple(a != b for a, b in zip(before, ranges, strict=True))
