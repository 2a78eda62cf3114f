"""Scores after regrading: pure functions, the same for each Learner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from typing import Final

from courses.answers.replies import FINEST_PART
from courses.gradebook.percents import percent

_NONE: Final = Fraction(0)
_ALL: Final = Fraction(1)
_FINEST: Final = Fraction(1, FINEST_PART)


@dataclass(frozen=True, slots=True)
class Score:
    """The points that an attempt earned, exactly, and those of all questions that count."""

    right: Fraction
    out_of: Fraction

    @property
    def percent(self) -> int:
        """The grade, from whole numbers, as `percent` takes them."""
        right, out_of = self.in_parts(self.per_point)
        return percent(right, out_of)

    @property
    def per_point(self) -> int:
        """The number of parts of a point in which the score is whole numbers."""
        return lcm(*(points.denominator for points in self._coarse))

    def in_parts(self, per_point: int) -> tuple[int, int]:
        """Return the score in whole parts of a point."""
        right, out_of = self._coarse
        return int(right * per_point), int(out_of * per_point)

    @property
    def _coarse(self) -> tuple[Fraction, Fraction]:
        """The score without parts that are not counted; none or all only if it is that."""
        right, out_of = _coarsen(self.right), _coarsen(self.out_of)
        if 0 < self.right < self.out_of:
            right = max(_FINEST, min(out_of - _FINEST, right))
        return right, out_of

    def is_below(self, other: Score) -> bool:
        """Compare the exact fractions, not the rounded percents."""
        return self.right * other.out_of < other.right * self.out_of


@dataclass(frozen=True, slots=True)
class Credit:
    """The share of its points that a question earned, and whether it counts at all.

    An `unmarked` answer has earned nothing so far.
    """

    share: Fraction
    points: Fraction = _ALL
    counts: bool = True
    unmarked: bool = False

    @property
    def right(self) -> bool:
        """Return whether it earned all its points."""
        return self.share == 1

    @property
    def earned(self) -> Fraction:
        return self.share * self.points


@dataclass(frozen=True, slots=True)
class Correction:
    """A regrade applied to one attempt; `verdict` is the share by its key.

    None = its key cannot read the answer.
    """

    question: int
    treatment: str
    verdict: Fraction | None
    keeps_higher: bool


Credits = Mapping[int, Credit]


def score_of(credits: Credits) -> Score:
    counting = [credit for credit in credits.values() if credit.counts]
    return Score(
        sum((credit.earned for credit in counting), _NONE),
        sum((credit.points for credit in counting), _NONE),
    )


def count_unmarked(credits: Credits) -> int:
    """Count the questions whose points are not known yet."""
    return sum(credit.counts and credit.unmarked for credit in credits.values())


def apply_correction(credits: Credits, by: Correction) -> Credits:
    """Return the credits after one correction; the last question of a test is never left out."""
    after = {**credits, by.question: _credit_after(credits[by.question], by)}
    is_empty = score_of(after).out_of == 0
    is_lower = score_of(after).is_below(score_of(credits))
    return credits if is_empty or (by.keeps_higher and is_lower) else after


def apply_corrections(credits: Credits, corrections: Iterable[Correction]) -> list[Credits]:
    """Return the credits as first graded and after each correction, in order."""
    steps = [credits]
    for correction in corrections:
        steps.append(apply_correction(steps[-1], correction))
    return steps


def _credit_after(credit: Credit, by: Correction) -> Credit:
    if by.treatment == "left_out":
        return replace(credit, counts=False)
    if by.treatment == "full_credit":
        return replace(credit, share=_ALL, counts=True, unmarked=False)
    if by.verdict is None:
        return replace(credit, counts=True)
    share = max(by.verdict, credit.share) if by.treatment == "either_key" else by.verdict
    return replace(credit, share=share, counts=True)


def _coarsen(points: Fraction) -> Fraction:
    return points.limit_denominator(FINEST_PART)
