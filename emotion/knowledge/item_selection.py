"""Which question comes next: close to a chance of success that keeps learning going."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol

# The share of right answers aimed at, and the range beyond which a sibling is asked instead.
TARGET: Final = 0.75
LOW: Final = 0.5
HIGH: Final = 0.9
# Assumed: a question this far from the target has 1/e of the weight of one right on it.
TEMPERATURE: Final = 0.1
Variant = Literal["same", "easier", "harder"]


class Rng(Protocol):
    """A source of chance, such as `numpy.random.Generator` or `random.Random`."""

    def random(self) -> float:
        """Give a number from 0 up to, not including, 1."""


@dataclass(frozen=True, slots=True)
class Band:
    """The target and the range, as the Teacher set them.

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

    def holds(self, predicted: float) -> bool:
        """Say whether a chance lies in the range, its ends included."""
        return self.low <= predicted <= self.high

    def moved(self, by: float) -> Band:
        """Give the same range with its target moved by so much, never out of the range."""
        return replace(self, target=min(max(self.target + by, self.low), self.high))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that could be asked, and the predicted chance of a right answer.

    `target` is its own where that was moved; None = the band's.
    """

    code: str
    predicted: float
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Draw:
    """The question drawn, and with what probability among how many, for the log."""

    chosen: Candidate
    probability: float
    candidates: int


def probabilities(candidates: Sequence[Candidate], band: Band) -> list[float]:
    """Give each candidate's chance of being drawn: the closer to the target, the likelier.

    Every candidate keeps a chance above 0, so that effects can be estimated from real logs.

    Raises
    ------
    ValueError
        If there is no candidate, or a predicted chance is outside 0 to 1.
    """
    if not candidates:
        raise ValueError("candidates: expected at least one, got none")
    for candidate in candidates:
        if not 0.0 <= candidate.predicted <= 1.0:
            raise ValueError(f"predicted: expected 0 to 1, got {candidate.predicted}")
    distances = [_distance(candidate, band) for candidate in candidates]
    weights = [math.exp((min(distances) - far) / TEMPERATURE) for far in distances]
    return [weight / math.fsum(weights) for weight in weights]


def draw(candidates: Sequence[Candidate], rng: Rng, band: Band | None = None) -> Draw:
    """Draw the next question by its closeness to the target; one random number is used."""
    chances = probabilities(candidates, band or Band())
    left = rng.random()
    for candidate, chance in zip(candidates, chances, strict=True):
        left -= chance
        if left < 0.0:
            return Draw(candidate, chance, len(candidates))
    # Rounding can leave a last sliver of the unit interval.
    return Draw(candidates[-1], chances[-1], len(candidates))


def order(candidates: Sequence[Candidate], rng: Rng, band: Band | None = None) -> list[Draw]:
    """Draw all candidates one after the other: the order in which a quiz asks its questions."""
    left = list(candidates)
    drawn = []
    while left:
        one = draw(left, rng, band)
        left.remove(one.chosen)
        drawn.append(one)
    return drawn


def variant(
    predicted: float,
    *,
    easier: float | None = None,
    harder: float | None = None,
    band: Band | None = None,
) -> Variant:
    """Say whether a question or one of its siblings is asked.

    Parameters
    ----------
    predicted
        Chance of a right answer to the question itself.
    easier, harder
        The same for its easier and harder sibling; None where there is none.
    band
        The Teacher's target and range.

    Returns
    -------
    str
        ``same`` inside the range, or where the sibling on that side is no closer to the target.
    """
    band = band or Band()
    if predicted < band.low and _closer(easier, predicted, band.target):
        return "easier"
    if predicted > band.high and _closer(harder, predicted, band.target):
        return "harder"
    return "same"


def nearest(predicted: float, *, easier: float | None, harder: float | None, band: Band) -> Variant:
    """Say which of a question and its siblings lies nearest to a target that was moved.

    Parameters are those of `variant`; a sibling outside the range is never the answer, and where
    two are as near, the question itself is.
    """
    siblings: list[tuple[Variant, float | None]] = [("easier", easier), ("harder", harder)]
    able = [
        (name, chance) for name, chance in siblings if chance is not None and band.holds(chance)
    ]
    found: list[tuple[Variant, float]] = [("same", predicted), *able]
    return min(found, key=lambda one: abs(one[1] - band.target))[0]


def _distance(candidate: Candidate, band: Band) -> float:
    target = band.target if candidate.target is None else candidate.target
    return abs(candidate.predicted - target)


def _closer(sibling: float | None, predicted: float, target: float) -> bool:
    return sibling is not None and abs(sibling - target) < abs(predicted - target)
