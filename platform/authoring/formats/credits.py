"""Points and shares of points, as course.json has them, from what other formats say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from authoring.formats.unsupported_messages import POINTS, ROUNDED_POINTS
from courses.answers.numerals import to_plain
from courses.models.question import MOST_POINTS
from courses.questions.answer_parts import number_bounds

Json = dict[str, Any]
Share = int | float | str
# Shares of one of up to this many parts; formats round them to a hundredth of a percent or finer.
_LARGEST_DIVISOR = 40
_ROUNDED = Fraction(1, 10_000)
_NONE = Fraction(0)


def find_shares(choices: Sequence[tuple[bool, Fraction | None]]) -> list[Share | None]:
    """Return the shares of choices, correct or not; None for each where they are the usual ones.

    Those of the correct choices are scaled to add up to all points.
    """
    right = sum(correct for correct, _share in choices)
    usual = Fraction(1, max(1, right))
    total = sum((share or _NONE for correct, share in choices if correct), _NONE)
    if not total:
        return [None] * len(choices)
    found = [
        max(Fraction(-1), (share or _NONE) / (total if correct else 1))
        for correct, share in choices
    ]
    wanted = [usual if correct else -usual for correct, _share in choices]
    if all(abs(one - other) < _ROUNDED for one, other in zip(found, wanted, strict=True)):
        return [None] * len(choices)
    return [write_share(one) for one in found]


def write_share(share: Fraction) -> Share:
    """Write a share in percent; a rounded one, such as 33.33333, is written as its fraction."""
    near = share.limit_denominator(_LARGEST_DIVISOR)
    # None and all of the points are never the result of rounding.
    is_near = abs(near - share) < _ROUNDED and near not in (-1, 0, 1)
    percent = 100 * (near if is_near else share)
    if percent.denominator == 1:
        return int(percent)
    exact = Fraction(str(float(percent))) == percent
    return float(percent) if exact else f"{percent.numerator}/{percent.denominator}"


def share_of(choice: Json, right: int) -> Fraction:
    """Return the share of a choice with partial credit, 0 to 1; `right` choices are correct."""
    if "share" in choice:
        return Fraction(str(choice["share"])) / 100
    return Fraction(1 if choice["correct"] else -1, right)


def write_percent(share: Fraction) -> str:
    """Write a share in percent with at most five decimal places, as Moodle does."""
    return f"{float(100 * share):.5f}".rstrip("0").rstrip(".")


def middle_and_tolerance(other: Json) -> tuple[str, float]:
    """Return another number of course.json and how far it may be off."""
    low, high = number_bounds(other)
    return to_plain((low + high) / 2), float((high - low) / 2)


def by_share(question: Json) -> list[Json]:
    """Return the other numbers, the best first: formats that take the first fit agree with us."""
    others = question.get("other_answers", ())
    return sorted(others, key=lambda one: -Fraction(str(one["share"])))


def with_partial_credit(question: Json) -> Json:
    """Return a question whose parts earn equal shares; a single part earns all or nothing."""
    answered = question["choices"] if "choices" in question else question["parts"]
    return question | ({"partial_credit": True} if len(answered) > 1 else {})


def read_points(number: str | None, left_out: Counter[str]) -> Json:
    """Return the points of a question; count those that it cannot have, and it has one."""
    exact = Decimal(0) if number is None else Decimal(number)
    # A huge number could not be rounded.
    points = round(exact, 2) if 0 < exact <= MOST_POINTS else Decimal(0)
    if not points:
        left_out[POINTS] += 1
        return {}
    left_out[ROUNDED_POINTS] += points != exact
    return {} if points == 1 else {"points": float(points) if points % 1 else int(points)}
