"""The time axis that all plots of a moment share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

WIDTH: Final = 640.0


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """The seconds [t0, t1) of a Sitting, WIDTH units wide."""

    t0: float
    t1: float

    @property
    def seconds(self) -> float:
        return self.t1 - self.t0

    def place(self, t: float) -> float:
        """Return the place of a time on the axis; one outside is at the nearer end."""
        share = (t - self.t0) / self.seconds
        return round(WIDTH * min(max(share, 0.0), 1.0), 1)
