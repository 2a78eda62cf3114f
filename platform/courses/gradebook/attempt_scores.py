"""The score of an Attempt: its columns, and how people read it."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from django.utils.translation import gettext as _

from courses.gradebook.percents import describe_points
from courses.gradebook.scores import Credits, count_unmarked, score_of
from courses.models import Attempt

SCORE_FIELDS: Final = ("right", "out_of", "per_point", "unmarked")


def set_score(attempt: Attempt, credits: Credits) -> None:
    """Set the columns of its score; the caller saves them."""
    score = score_of(credits)
    attempt.per_point = score.per_point
    attempt.right, attempt.out_of = score.in_parts(attempt.per_point)
    attempt.unmarked = count_unmarked(credits)


def describe_score(attempt: Attempt) -> str:
    """Return the points of an Attempt that was handed in, such as "2.5 of 3 points"."""
    right, out_of = attempt.right or 0, attempt.out_of or 0
    points = describe_points(
        Fraction(right, attempt.per_point), Fraction(out_of, attempt.per_point)
    )
    return (
        _("{points} so far, waiting for marks").format(points=points)
        if attempt.unmarked
        else points
    )
