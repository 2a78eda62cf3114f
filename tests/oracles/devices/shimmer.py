"""Decoder of a Shimmer3 GSR+'s byte stream, and conversion to skin conductance.

Chunks may end anywhere. After a lost byte the next complete packet is found; uncertain packets are
left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

TICKS_A_SECOND = 32_768
# Ticks restart at 0 after this many: 512 s.
WRAP_TICKS = 1 << 24
# Names of the channels we request, each two bytes.
CHANNELS = MappingProxyType({0x1C: "gsr", 0x12: "ppg"})

_ACK, _DATA, _DESCRIPTION, _BATTERY = 0xFF, 0x00, 0x02, b"\x8a\x94"
_DESCRIPTION_BYTES, _BATTERY_BYTES, _MOST_CHANNELS, _STAMP_BYTES = 9, 5, 32, 3
_BATTERY_VOLTS = 3.0 / 4095 * 1.988
# Of one interval between samples: timestamps jitter by less.
_SHAKE = 1 / 8

# For each range of the skin channel: its resistor, and what it can measure, in kOhm.
_RANGES = ((40.2, 8, 63), (287, 63, 220), (1000, 220, 680), (3300, 680, 4700))
_WIDEST = len(_RANGES) - 1
# Below this, the widest range only shows that there is no skin.
_WIDEST_LEAST_ADC = 683


@dataclass(frozen=True, slots=True)
class Ack:
    """A command was accepted."""


@dataclass(frozen=True, slots=True)
class ShimmerDescription:
    """What the device will measure: samples a second, and the channel ids in order."""

    rate_hz: float
    channels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Battery:
    """The battery's voltage."""

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


Said = Ack | ShimmerDescription | Battery | Packet


class ShimmerDecoder:
    """Incremental decoder; the result does not depend on the chunks.

    It reads answers to commands until `stream` says that samples follow. Source: the manufacturer's
    LogAndStream firmware as public drivers describe it.
    """

    def __init__(self) -> None:
        self._kept = b""
        self._names: tuple[str, ...] | None = None
        self._step = 1.0

    def stream(self, description: ShimmerDescription) -> None:
        """Expect samples from now on. KeyError if a channel is none of `CHANNELS`."""
        self._names = tuple(CHANNELS[each] for each in description.channels)
        self._step = TICKS_A_SECOND / description.rate_hz

    def feed(self, chunk: bytes) -> list[Said]:
        """Return the messages completed by these bytes."""
        data, at, said = self._kept + chunk, 0, []
        while (found := self._decode_next(data, at)) is not None:
            size, what = found
            at += size
            if what is not None:
                said.append(what)
        self._kept = data[at:]
        return said

    def _decode_next(self, data: bytes, at: int) -> tuple[int, Said | None] | None:
        """Return length and content of the message at `at`; None if more bytes are needed."""
        if at >= len(data):
            return None
        return _answer(data, at) if self._names is None else self._packet(data, at, self._names)

    def _packet(self, data: bytes, at: int, names: Sequence[str]) -> tuple[int, Said | None] | None:
        """Accept a packet only if another one begins after it, whole intervals later.

        This detects a byte lost inside it.
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
    """Parse interval, four bytes of settings, number of channels, buffer size, and channels."""
    if at + _DESCRIPTION_BYTES > len(data):
        return None
    interval, count = _number(data, at + 1, 2), data[at + 7]
    if not interval or not 1 <= count <= _MOST_CHANNELS:
        return 1, None
    size = _DESCRIPTION_BYTES + count
    if at + size > len(data):
        return None
    channels = tuple(data[at + _DESCRIPTION_BYTES : at + size])
    return size, ShimmerDescription(TICKS_A_SECOND / interval, channels)


def _number(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")


@dataclass(frozen=True, slots=True)
class ShimmerConductance:
    """Skin conductance.

    Attributes
    ----------
    range : int
        0-3, which resistor measured.
    adc : int
        0-4095.
    kohm, us : float
        Clipped to what the range can measure; kOhm and µS.
    off : bool
        No skin between the electrodes.
    """

    range: int
    adc: int
    kohm: float
    us: float
    off: bool


def convert_conductance(raw: int) -> ShimmerConductance:
    """Return the skin conductance for one value of the skin channel.

    The device divides 0.5 V between the skin and a resistor of the range; R = Rf / (V / 0.5 − 1), V
    = adc · 3 / 4095. The widest range diverges at adc 683 and is clipped to its limit.
    """
    range_ = raw >> 14 & 3
    own, least, most = _RANGES[range_]
    adc = max(raw & 0x0FFF, _WIDEST_LEAST_ADC if range_ == _WIDEST else 0)
    over = adc * 3.0 / 4095 / 0.5 - 1
    resistance = own / over if over > 0 else math.inf
    kohm = min(float(most), max(float(least), resistance))
    return ShimmerConductance(
        range_, adc, kohm, 1000 / kohm, range_ == _WIDEST and resistance >= most
    )


def find_switches(ranges: Sequence[int]) -> tuple[bool, ...]:
    """Return where the range changed: that value belongs to the switch, not the skin."""
    before = [*ranges[:1], *ranges[:-1]]
    return tuple(a != b for a, b in zip(before, ranges, strict=True))
