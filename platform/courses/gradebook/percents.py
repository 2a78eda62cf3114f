"""The percentage of correct answers, wherever a grade is shown or exported."""

from __future__ import annotations

from fractions import Fraction


def percent(right: int, out_of: int) -> int:
    """Round half up; return 0 only for no correct answer and 100 only for all correct."""
    if out_of <= 0:
        return 0
    rounded = (200 * right + out_of) // (2 * out_of)
    if 0 < right < out_of:
        return min(99, max(1, rounded))
    return rounded


def round_percent(value: Fraction) -> int:
    """Round a percentage in the same way."""
    return percent(value.numerator, 100 * value.denominator)
