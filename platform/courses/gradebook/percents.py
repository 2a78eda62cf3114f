"""Grades and points as people read them: rounded here, wherever they are shown or exported."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from django.utils.translation import ngettext

from courses.answers.numerals import current_language, to_plain, write_number

# The smallest part of a point that is shown.
_SMALLEST: Final = Fraction(1, 100)
# The smallest part of all points that other programs receive.
_SMALLEST_SHARE: Final = Fraction(1, 10_000)


def percent(right: int, out_of: int) -> int:
    """Round half up; return 0 only for no points and 100 only for all of them."""
    if out_of <= 0:
        return 0
    rounded = (200 * right + out_of) // (2 * out_of)
    if 0 < right < out_of:
        return min(99, max(1, rounded))
    return rounded


def round_percent(value: Fraction) -> int:
    """Round a percentage in the same way."""
    return percent(value.numerator, 100 * value.denominator)


def round_points(earned: Fraction, out_of: Fraction) -> Fraction:
    """Round to hundredths as `percent` does: to none or all only if it is exactly that.

    Of one hundredth, a tenth is the smallest part that is shown.
    """
    return _round_part(earned, out_of, _SMALLEST / 10 if out_of == _SMALLEST else _SMALLEST)


def round_share(share: Fraction) -> float:
    """Round a share of all points, 0 to 1, in the same way: for other programs."""
    return float(_round_part(share, Fraction(1), _SMALLEST_SHARE))


def describe_points(earned: Fraction, out_of: Fraction) -> str:
    """Return such as "2.5 of 3 points", in the language of the page."""
    text = ngettext("{earned} of {count} point", "{earned} of {count} points", _plural_of(out_of))
    return text.format(earned=_write(round_points(earned, out_of)), count=_write(out_of))


def count_points(points: Fraction) -> str:
    """Return such as "3 points", in the language of the page."""
    text = ngettext("{count} point", "{count} points", _plural_of(points))
    return text.format(count=_write(points))


def _round_part(part: Fraction, whole: Fraction, step: Fraction) -> Fraction:
    rounded = int(part / step + Fraction(1, 2)) * step
    if 0 < part < whole:
        return max(step, min(whole - step, rounded))
    return rounded


def _write(points: Fraction) -> str:
    return write_number(to_plain(points), current_language())


def _plural_of(points: Fraction) -> int:
    """Return a number with the plural of these points: 0.5 and 2 are "points"."""
    return 1 if points == 1 else 2
