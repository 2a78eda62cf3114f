"""A share of right answers in whole percent, wherever a grade is shown or exported."""

from __future__ import annotations


def percent(right: int, out_of: int) -> int:
    """Round half up; 0 only where nothing is right and 100 only where all is."""
    if out_of <= 0:
        return 0
    rounded = (200 * right + out_of) // (2 * out_of)
    if 0 < right < out_of:
        return min(99, max(1, rounded))
    return rounded
