"""Elo ratings of a Learner and of each skill: knowledge estimates in constant time per answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Gain:
    """Step size of a rating after n answers, K = a / (1 + b n) (dimensionless; see Notes of
    `update`).
    """

    a: float
    b: float

    def after(self, answers: int) -> float:
        """Return the step for the next answer."""
        return self.a / (1.0 + self.b * answers)


@dataclass(frozen=True, slots=True)
class Rating:
    """An ability on the logit scale; 0 = equal to the difficulty of an average question."""

    value: float = 0.0
    answers: int = 0


@dataclass(frozen=True, slots=True)
class Ratings:
    """The ratings involved in one question: the Learner's overall rating, and one per skill."""

    overall: Rating
    skills: tuple[Rating, ...]


# Assumed before any data were seen: [1]_ uses a = 1, b = 0.05 for one rating; here one answer moves
# two, so each takes about half of that step.
OVERALL_GAIN: Final = Gain(a=0.4, b=0.05)
SKILL_GAIN: Final = Gain(a=0.6, b=0.05)


@dataclass(frozen=True, slots=True)
class RatingGains:
    """Gains of the two kinds of ratings."""

    overall: Gain
    skill: Gain


LIVE: Final = RatingGains(OVERALL_GAIN, SKILL_GAIN)
# Assumed: fast at first, then slow; constant (favours recent answers); and always slow.
PACES: Final = (
    LIVE,
    RatingGains(Gain(0.8, 0.2), Gain(1.2, 0.2)),
    RatingGains(Gain(0.3, 0.0), Gain(0.4, 0.0)),
    RatingGains(Gain(0.1, 0.0), Gain(0.15, 0.0)),
)
# Assumed: one step on the courses' scale of 1 to 5 equals this much on the logit scale.
LOGITS_PER_DIFFICULTY: Final = 0.75
_MIDDLE: Final = 3.0


def difficulty_logit(difficulty: float) -> float:
    """Convert a course's difficulty (1 easy to 5 hard, 3 average) to logits.

    Raises
    ------
    ValueError
        Outside 1 to 5.
    """
    if not 1.0 <= difficulty <= 5.0:
        raise ValueError(f"difficulty: expected 1 to 5, got {difficulty}")
    return LOGITS_PER_DIFFICULTY * (difficulty - _MIDDLE)


def sigmoid(logit: float) -> float:
    """Return 1 / (1 + exp(-logit)) without overflow."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-logit))
    grown = math.exp(logit)
    return grown / (1.0 + grown)


def predicted_success(ratings: Ratings, difficulty: float) -> float:
    """Return the probability of a right answer.

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
    """Update the ratings with one answer; cost is independent of the history's length.

    Parameters
    ----------
    ratings, difficulty
        As for `predicted_success`.
    correct
        Whether the answer was right.

    Returns
    -------
    Ratings
        Each rating moved by K times (answer - predicted), in the given order.

    Notes
    -----
    K = a / (1 + b n) decreases with the number n of answers behind each rating [1]_. A question of
    several skills moves each of them by its own K.

    References
    ----------
    .. [1] R. Pelanek, "Applications of the Elo rating system in adaptive educational systems",
       Computers & Education 98 (2016), 169-179.
    """
    surprise = float(correct) - predicted_success(ratings, difficulty)
    return Ratings(
        overall=_move(ratings.overall, OVERALL_GAIN, surprise),
        skills=tuple(_move(skill, SKILL_GAIN, surprise) for skill in ratings.skills),
    )


def _move(rating: Rating, gain: Gain, surprise: float) -> Rating:
    step = gain.after(rating.answers) * surprise
    return Rating(rating.value + step, rating.answers + 1)


def _mean(skills: Sequence[Rating]) -> float:
    return math.fsum(skill.value for skill in skills) / len(skills)
