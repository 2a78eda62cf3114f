"""A share and its interval in whole percent, for drawing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PercentRange:
    value: int
    low: int
    high: int

    @property
    def width(self) -> int:
        return max(1, self.high - self.low)


def make_percent_range(value: float, low: float, high: float) -> PercentRange:
    """Convert shares from 0 to 1."""
    return PercentRange(round(100 * value), round(100 * low), round(100 * high))
