"""A device's stamps as times of our own clock: never twice, never backwards, never after they came.

What arrives is late by a delay that changes and never by less than none: the least difference
between arrival and stamp in each stretch of time lies nearest the truth, and a line under these
tells how fast the device's clock runs away from ours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

STRETCH_MS = 5_000.0
STRETCHES = 60
# A line through a shorter time tells more about delays than about clocks.
LEAST_FOR_DRIFT_MS = 60_000.0
MOST_DRIFT = 200e-6
# How much of the time that passed a correction may take or give: seams stay small.
MOST_CORRECTION = 0.02
# Further off, and it is another clock: it slept, was switched off, or ours stood still.
ANOTHER_CLOCK_MS = 1_000.0
# A stamp this far back is of a clock that began anew; less far back, it came before.
BEGAN_ANEW_MS = 10_000.0


@dataclass(slots=True)
class DeviceClock:
    """The clock of one device.

    Attributes
    ----------
    wrap_ms : float
        After how long its stamps begin at 0 again; 0 = never.
    drift : float
        s ours gains in each s of the device: -50e-6 where that runs 50 ppm fast; 0 in the first
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
        """Return when a stamp was on our clock; None where it is not later than one before.

        Parameters
        ----------
        stamp_ms : float
            By the device's clock.
        arrived_ms : float
            When it came to us, by our clock; not decreasing.
        """
        stamp = self._unwrapped(stamp_ms, arrived_ms)
        if not self._least or stamp < self._newest - BEGAN_ANEW_MS:
            self._begin(stamp, arrived_ms - stamp)
        elif stamp <= self._newest:
            return None
        elif self._is_another(stamp, arrived_ms - stamp):
            self._begin(stamp, arrived_ms - stamp)
        else:
            self._hear(stamp, arrived_ms - stamp)
        self._newest, self._arrived = stamp, arrived_ms
        self._placed = max(self._placed, stamp + self._offset)
        return self._placed

    def _unwrapped(self, stamp: float, arrived: float) -> float:
        """The stamp with as many rounds added as fit best with the time that passed here."""
        if not self.wrap_ms or not self._least:
            return stamp
        expected = self._newest + arrived - self._arrived
        return stamp + self.wrap_ms * math.floor((expected - stamp) / self.wrap_ms + 0.5)

    def _begin(self, stamp: float, offset: float) -> None:
        self._least, self._stretch = [(stamp, offset)], int(stamp // STRETCH_MS)
        self._offset, self.drift = offset, 0.0

    def _is_another(self, stamp: float, offset: float) -> bool:
        """Whether this came long before its time, or all of the last stretch long after it."""
        if offset < _under(self._least, self.drift, stamp) - ANOTHER_CLOCK_MS:
            return True
        *before, (at, least) = self._least
        ended = int(stamp // STRETCH_MS) != self._stretch
        due = _under(before, self.drift, at) if before and ended else least
        return least > due + ANOTHER_CLOCK_MS

    def _hear(self, stamp: float, offset: float) -> None:
        stretch = int(stamp // STRETCH_MS)
        if stretch != self._stretch:
            self._least, self._stretch = [*self._least[1 - STRETCHES :], (stamp, offset)], stretch
        elif offset < self._least[-1][1]:
            self._least[-1] = (stamp, offset)
        self.drift = _drift(self._least)
        most = MOST_CORRECTION * (stamp - self._newest)
        wish = _under(self._least, self.drift, stamp) - self._offset
        # No sample was measured after it came, however fast that has to be put right.
        self._offset = min(offset, self._offset + max(-most, min(most, wish)))


def _drift(least: list[tuple[float, float]]) -> float:
    """Slope of the least squares line through the least offsets."""
    if least[-1][0] - least[0][0] < LEAST_FOR_DRIFT_MS:
        return 0.0
    middle = sum(stamp for stamp, _ in least) / len(least)
    spread = sum((stamp - middle) ** 2 for stamp, _ in least)
    slope = sum((stamp - middle) * offset for stamp, offset in least) / spread
    return max(-MOST_DRIFT, min(MOST_DRIFT, slope))


def _under(least: list[tuple[float, float]], drift: float, stamp: float) -> float:
    """Offset at `stamp` of the line of this slope that no least offset lies under."""
    return min(offset + drift * (stamp - at) for at, offset in least)
