"""Selection of the next question: close to a probability of success at which learning continues."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol

# The target share of right answers, and the range beyond which a sibling is asked instead.
TARGET: Final = 0.75
LOW: Final = 0.5
HIGH: Final = 0.9
# Assumed: a question this far from the target has 1/e of the weight of one exactly on it.
TEMPERATURE: Final = 0.1
Variant = Literal["same", "easier", "harder"]


class Rng(Protocol):
    """A random number source, such as `numpy.random.Generator` or `random.Random`."""

    def random(self) -> float:
        """Return a number from 0 to 1, excluding 1."""


@dataclass(frozen=True, slots=True)
class SuccessBand:
    """The target and the range, as set by the Teacher.

    Raises
    ------
    ValueError
        Unless 0 < low <= target <= high < 1.
    """

    target: float = TARGET
    low: float = LOW
    high: float = HIGH

    def __post_init__(self) -> None:
        if not 0.0 < self.low <= self.target <= self.high < 1.0:
            raise ValueError(f"band: expected 0 < low <= target <= high < 1, got {self}")

    def contains(self, predicted: float) -> bool:
        """Return whether a probability is in the range, including its ends."""
        return self.low <= predicted <= self.high

    def shift_target(self, by: float) -> SuccessBand:
        """Return the same range with its target moved by `by`, kept inside the range."""
        return replace(self, target=min(max(self.target + by, self.low), self.high))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that could be asked, and the predicted probability of a right answer.

    `target`: its own target if that was moved; None = the band's.
    """

    code: str
    predicted: float
    target: float | None = None


@dataclass(frozen=True, slots=True)
class QuestionDraw:
    """The question drawn, with its probability and the number of candidates, for the log."""

    chosen: Candidate
    probability: float
    candidates: int


def draw_probabilities(candidates: Sequence[Candidate], band: SuccessBand) -> list[float]:
    """Return each candidate's probability of being drawn, higher if closer to the target.

    It is above 0 for every candidate, so that effects can be estimated from real logs.

    Raises
    ------
    ValueError
        If there is no candidate, or a predicted probability is outside 0 to 1.
    """
    if not candidates:
        raise ValueError("candidates: expected at least one, got none")
    for candidate in candidates:
        if not 0.0 <= candidate.predicted <= 1.0:
            raise ValueError(f"predicted: expected 0 to 1, got {candidate.predicted}")
    distances = [_distance(candidate, band) for candidate in candidates]
    weights = [math.exp((min(distances) - far) / TEMPERATURE) for far in distances]
    return [weight / math.fsum(weights) for weight in weights]


def draw_question(
    candidates: Sequence[Candidate], rng: Rng, band: SuccessBand | None = None
) -> QuestionDraw:
    """Draw the next question by its closeness to the target; uses one random number."""
    chances = draw_probabilities(candidates, band or SuccessBand())
    left = rng.random()
    for candidate, chance in zip(candidates, chances, strict=True):
        left -= chance
        if left < 0.0:
            return QuestionDraw(candidate, chance, len(candidates))
    # Rounding can leave a remainder of the unit interval.
    return QuestionDraw(candidates[-1], chances[-1], len(candidates))


def draw_order(
    candidates: Sequence[Candidate], rng: Rng, band: SuccessBand | None = None
) -> list[QuestionDraw]:
    """Draw all candidates in turn: the order in which a quiz asks its questions."""
    left = list(candidates)
    drawn = []
    while left:
        one = draw_question(left, rng, band)
        left.remove(one.chosen)
        drawn.append(one)
    return drawn


def choose_variant(
    predicted: float,
    *,
    easier: float | None = None,
    harder: float | None = None,
    band: SuccessBand | None = None,
) -> Variant:
    """Choose between a question and its siblings.

    Parameters
    ----------
    predicted
        Probability of a right answer to the question itself.
    easier, harder
        The same for its easier and harder sibling; None if there is none.
    band
        The Teacher's target and range.

    Returns
    -------
    str
        ``same`` inside the range, or if the sibling on that side is no closer to the target.
    """
    band = band or SuccessBand()
    if predicted < band.low and _is_closer(easier, predicted, band.target):
        return "easier"
    if predicted > band.high and _is_closer(harder, predicted, band.target):
        return "harder"
    return "same"


def choose_nearest(
    predicted: float, *, easier: float | None, harder: float | None, band: SuccessBand
) -> Variant:
    """Choose the question or sibling closest to a moved target.

    Parameters are those of `choose_variant`. A sibling outside the range is never chosen, and on a
    tie the question itself is.
    """
    siblings: list[tuple[Variant, float | None]] = [("easier", easier), ("harder", harder)]
    able = [
        (name, chance) for name, chance in siblings if chance is not None and band.contains(chance)
    ]
    found: list[tuple[Variant, float]] = [("same", predicted), *able]
    return min(found, key=lambda one: abs(one[1] - band.target))[0]


def _distance(candidate: Candidate, band: SuccessBand) -> float:
    target = band.target if candidate.target is None else candidate.target
    return abs(candidate.predicted - target)


def _is_closer(sibling: float | None, predicted: float, target: float) -> bool:
    return sibling is not None and abs(sibling - target) < abs(predicted - target)
