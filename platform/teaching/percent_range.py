"""A share and its range in whole percent, as a band draws it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Percent:
    value: int
    low: int
    high: int

    @property
    def width(self) -> int:
        return max(1, self.high - self.low)


def percent(value: float, low: float, high: float) -> Percent:
    """Of shares from 0 to 1."""
    return Percent(round(100 * value), round(100 * low), round(100 * high))
