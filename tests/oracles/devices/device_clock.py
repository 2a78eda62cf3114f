"""Maps a device's timestamps to our clock: unique, increasing, and never after their arrival.

Samples arrive with a varying, never negative delay. So in each stretch of time the smallest
difference between arrival and timestamp is closest to the truth. A line below these differences
gives the drift of the device's clock against ours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

STRETCH_MS = 5_000.0
STRETCHES = 60
# Over less time, a line reflects delays rather than clocks.
LEAST_FOR_DRIFT_MS = 60_000.0
MOST_DRIFT = 200e-6
# Share of the elapsed time by which a correction may stretch or shrink it: seams stay small.
MOST_CORRECTION = 0.02
# A larger offset means another clock: it slept, was switched off, or ours stopped.
ANOTHER_CLOCK_MS = 1_000.0
# A timestamp this far back is from a clock that restarted; one less far back is out of order.
BEGAN_ANEW_MS = 10_000.0


@dataclass(slots=True)
class DeviceClock:
    """The clock of one device.

    Attributes
    ----------
    wrap_ms : float
        After how long its timestamps restart at 0; 0 = never.
    drift : float
        s our clock gains in each s of the device: -50e-6 if that runs 50 ppm fast; 0 in the first
        minute.
    """

    wrap_ms: float = 0.0
    drift: float = 0.0
    _least: list[tuple[float, float]] = field(default_factory=list)
    _stretch: int = 0
    _offset: float = 0.0
    _newest: float = 0.0
    _arrived: float = 0.0
    _placed: float = -math.inf

    def place(self, stamp_ms: float, arrived_ms: float) -> float | None:
        """Return the time of a timestamp on our clock; None if it is not later than a previous one.

        Parameters
        ----------
        stamp_ms : float
            By the device's clock.
        arrived_ms : float
            When it arrived, by our clock; not decreasing.
        """
        stamp = self._unwrap(stamp_ms, arrived_ms)
        if not self._least or stamp < self._newest - BEGAN_ANEW_MS:
            self._begin(stamp, arrived_ms - stamp)
        elif stamp <= self._newest:
            return None
        elif self._is_another(stamp, arrived_ms - stamp):
            self._begin(stamp, arrived_ms - stamp)
        else:
            self._update_offset(stamp, arrived_ms - stamp)
        self._newest, self._arrived = stamp, arrived_ms
        self._placed = max(self._placed, stamp + self._offset)
        return self._placed

    def _unwrap(self, stamp: float, arrived: float) -> float:
        """Return the timestamp plus the number of wraps that best fits the elapsed time."""
        if not self.wrap_ms or not self._least:
            return stamp
        expected = self._newest + arrived - self._arrived
        return stamp + self.wrap_ms * math.floor((expected - stamp) / self.wrap_ms + 0.5)

    def _begin(self, stamp: float, offset: float) -> None:
        self._least, self._stretch = [(stamp, offset)], int(stamp // STRETCH_MS)
        self._offset, self.drift = offset, 0.0

    def _is_another(self, stamp: float, offset: float) -> bool:
        """Return whether this came long before its time, or the last stretch long after it."""
        if offset < _offset_at(self._least, self.drift, stamp) - ANOTHER_CLOCK_MS:
            return True
        *before, (at, least) = self._least
        ended = int(stamp // STRETCH_MS) != self._stretch
        due = _offset_at(before, self.drift, at) if before and ended else least
        return least > due + ANOTHER_CLOCK_MS

    def _update_offset(self, stamp: float, offset: float) -> None:
        stretch = int(stamp // STRETCH_MS)
        if stretch != self._stretch:
            self._least, self._stretch = [*self._least[1 - STRETCHES :], (stamp, offset)], stretch
        elif offset < self._least[-1][1]:
            self._least[-1] = (stamp, offset)
        self.drift = _drift(self._least)
        most = MOST_CORRECTION * (stamp - self._newest)
        wish = _offset_at(self._least, self.drift, stamp) - self._offset
        # No sample was measured after it arrived, however large the correction this takes.
        self._offset = min(offset, self._offset + max(-most, min(most, wish)))


def _drift(least: list[tuple[float, float]]) -> float:
    """Return the slope of the least squares line through the least offsets."""
    if least[-1][0] - least[0][0] < LEAST_FOR_DRIFT_MS:
        return 0.0
    middle = sum(stamp for stamp, _ in least) / len(least)
    spread = sum((stamp - middle) ** 2 for stamp, _ in least)
    slope = sum((stamp - middle) * offset for stamp, offset in least) / spread
    return max(-MOST_DRIFT, min(MOST_DRIFT, slope))


def _offset_at(least: list[tuple[float, float]], drift: float, stamp: float) -> float:
    """Return the offset at `stamp` of the line with this slope below all least offsets."""
    return min(offset + drift * (stamp - at) for at, offset in least)
