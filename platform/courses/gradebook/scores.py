"""Scores after regrading: pure functions, the same for each Learner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from courses.gradebook.percents import percent


@dataclass(frozen=True, slots=True)
class Score:
    """The number of correct answers of an attempt, and the number that count."""

    right: int
    out_of: int

    @property
    def percent(self) -> int:
        return percent(self.right, self.out_of)

    def is_below(self, other: Score) -> bool:
        """Compare the exact fractions, not the rounded percents."""
        return self.right * other.out_of < other.right * self.out_of


@dataclass(frozen=True, slots=True)
class Credit:
    """Whether a question counts as correct, and whether it counts at all."""

    right: bool
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Correction:
    """A regrade applied to one attempt; `verdict` None = its key cannot read the answer."""

    question: int
    treatment: str
    verdict: bool | None
    keeps_higher: bool


Credits = Mapping[int, Credit]


def score_of(credits: Credits) -> Score:
    counting = [credit for credit in credits.values() if credit.counts]
    return Score(sum(credit.right for credit in counting), len(counting))


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
        return Credit(credit.right, counts=False)
    if by.treatment == "full_credit":
        return Credit(right=True)
    if by.verdict is None:
        return Credit(credit.right)
    return Credit(by.verdict or (by.treatment == "either_key" and credit.right))
