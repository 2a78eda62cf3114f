"""Knowledge after each answer, in constant time: Elo ratings of a Learner and of each skill."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Gain:
    """Step size of a rating after n answers, K = a / (1 + b n) (no unit; see Notes of `update`)."""

    a: float
    b: float

    def after(self, answers: int) -> float:
        """Give the step for the next answer."""
        return self.a / (1.0 + self.b * answers)


@dataclass(frozen=True, slots=True)
class Rating:
    """An ability on the logit scale, 0 = as able as an average question is hard."""

    value: float = 0.0
    answers: int = 0


@dataclass(frozen=True, slots=True)
class Ratings:
    """The ratings one question touches: the Learner's overall one and one per skill."""

    overall: Rating
    skills: tuple[Rating, ...]


# Assumed, set before any data were seen: [1]_ uses a = 1, b = 0.05 for one rating; here one
# answer moves two, so each takes about half of that step.
OVERALL_GAIN: Final = Gain(a=0.4, b=0.05)
SKILL_GAIN: Final = Gain(a=0.6, b=0.05)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the two kinds of ratings move."""

    overall: Gain
    skill: Gain


LIVE: Final = Pace(OVERALL_GAIN, SKILL_GAIN)
# Assumed: quick at first, then slow; always the same (recent answers); and always slow.
PACES: Final = (
    LIVE,
    Pace(Gain(0.8, 0.2), Gain(1.2, 0.2)),
    Pace(Gain(0.3, 0.0), Gain(0.4, 0.0)),
    Pace(Gain(0.1, 0.0), Gain(0.15, 0.0)),
)
# Assumed: one step on the courses' scale of 1 to 5 is worth this much on the logit scale.
LOGITS_PER_DIFFICULTY: Final = 0.75
_MIDDLE: Final = 3.0


def difficulty_logit(difficulty: float) -> float:
    """Turn a course's difficulty (1 easy to 5 hard, 3 average) into logits.

    Raises
    ------
    ValueError
        Outside 1 to 5.
    """
    if not 1.0 <= difficulty <= 5.0:
        raise ValueError(f"difficulty: expected 1 to 5, got {difficulty}")
    return LOGITS_PER_DIFFICULTY * (difficulty - _MIDDLE)


def sigmoid(logit: float) -> float:
    """Give 1 / (1 + exp(-logit)) without overflow."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-logit))
    grown = math.exp(logit)
    return grown / (1.0 + grown)


def predicted_success(ratings: Ratings, difficulty: float) -> float:
    """Give the chance of a right answer.

    Parameters
    ----------
    ratings
        The Learner's overall rating and those of the question's skills (one or more; their mean
        counts).
    difficulty
        The question's difficulty, logits.

    Returns
    -------
    float
        0 to 1: sigma(overall + mean(skills) - difficulty).

    Raises
    ------
    ValueError
        If the question has no skill, or the difficulty is not a finite number.
    """
    if not ratings.skills:
        raise ValueError("skills: expected at least one rating, got none")
    if not math.isfinite(difficulty):
        raise ValueError(f"difficulty: expected a finite number of logits, got {difficulty}")
    return sigmoid(ratings.overall.value + _mean(ratings.skills) - difficulty)


def update(ratings: Ratings, difficulty: float, *, correct: bool) -> Ratings:
    """Learn from one answer; touches the given ratings alone, whatever the history's length.

    Parameters
    ----------
    ratings, difficulty
        As for `predicted_success`.
    correct
        Whether the answer was right.

    Returns
    -------
    Ratings
        Each rating moved by K times (answer - predicted), in the order given.

    Notes
    -----
    K = a / (1 + b n) shrinks with the answers n behind each rating [1]_. A question of several
    skills moves each of them by its own K.

    References
    ----------
    .. [1] R. Pelanek, "Applications of the Elo rating system in adaptive educational systems",
       Computers & Education 98 (2016), 169-179.
    """
    surprise = float(correct) - predicted_success(ratings, difficulty)
    return Ratings(
        overall=_moved(ratings.overall, OVERALL_GAIN, surprise),
        skills=tuple(_moved(skill, SKILL_GAIN, surprise) for skill in ratings.skills),
    )


def _moved(rating: Rating, gain: Gain, surprise: float) -> Rating:
    step = gain.after(rating.answers) * surprise
    return Rating(rating.value + step, rating.answers + 1)


def _mean(skills: Sequence[Rating]) -> float:
    return math.fsum(skill.value for skill in skills) / len(skills)
