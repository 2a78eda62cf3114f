"""What a test comes to when its questions are graded again: pure, and the same for each learner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from courses.gradebook.percents import percent


@dataclass(frozen=True, slots=True)
class Score:
    """How many answers of an attempt count as right, and of how many."""

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
    """Whether a question counts as right, and whether it is in the sum at all."""

    right: bool
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Correction:
    """A regrade as it meets one attempt; `verdict` None = its key cannot read what was given."""

    question: int
    treatment: str
    verdict: bool | None
    keeps_higher: bool


Credits = Mapping[int, Credit]


def score_of(credits: Credits) -> Score:
    counting = [credit for credit in credits.values() if credit.counts]
    return Score(sum(credit.right for credit in counting), len(counting))


def corrected(credits: Credits, by: Correction) -> Credits:
    """Return the credits after one correction; the last question of a test is never left out."""
    after = {**credits, by.question: _credit_after(credits[by.question], by)}
    is_empty = score_of(after).out_of == 0
    is_lower = score_of(after).is_below(score_of(credits))
    return credits if is_empty or (by.keeps_higher and is_lower) else after


def all_corrected(credits: Credits, corrections: Iterable[Correction]) -> list[Credits]:
    """Return the credits as graded first and after each correction, in the order of corrections."""
    steps = [credits]
    for correction in corrections:
        steps.append(corrected(steps[-1], correction))
    return steps


def _credit_after(credit: Credit, by: Correction) -> Credit:
    if by.treatment == "left_out":
        return Credit(credit.right, counts=False)
    if by.treatment == "full_credit":
        return Credit(right=True)
    if by.verdict is None:
        return Credit(credit.right)
    return Credit(by.verdict or (by.treatment == "either_key" and credit.right))
