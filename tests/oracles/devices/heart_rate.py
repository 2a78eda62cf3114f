"""Decoder of a Bluetooth sensor's Heart Rate Measurement (0x2A37)."""

from __future__ import annotations

from dataclasses import dataclass

_WIDE, _TOUCHES, _TELLS_TOUCH, _ENERGY, _INTERVALS = 1, 2, 4, 8, 16


@dataclass(frozen=True, slots=True)
class Beat:
    """The content of one packet.

    Attributes
    ----------
    hr : int
        Beats a minute.
    contact : bool or None
        None if the sensor does not report it.
    energy : int or None
        kJ.
    rr : tuple of float
        Intervals between beats, ms, oldest first; including implausible ones.
    """

    hr: int
    contact: bool | None
    energy: int | None
    rr: tuple[float, ...]


def parse(packet: bytes) -> Beat | None:
    """Return the content of a packet; None if it is shorter than its own flags say.

    Source: Bluetooth Heart Rate Service 1.0, 3.1. Intervals come in 1/1024 s.
    """
    flags = packet[0] if packet else 0
    rate_bytes = 2 if flags & _WIDE else 1
    at = 1 + rate_bytes + (2 if flags & _ENERGY else 0)
    if len(packet) < max(at, 2):
        return None
    energy = int.from_bytes(packet[at - 2 : at], "little") if flags & _ENERGY else None
    starts = range(at, len(packet) - 1, 2) if flags & _INTERVALS else ()
    return Beat(
        hr=int.from_bytes(packet[1 : 1 + rate_bytes], "little"),
        contact=bool(flags & _TOUCHES) if flags & _TELLS_TOUCH else None,
        energy=energy,
        rr=tuple(int.from_bytes(packet[i : i + 2], "little") * 1000 / 1024 for i in starts),
    )
