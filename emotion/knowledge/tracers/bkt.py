"""Bayesian knowledge tracing: a skill is known or not; no right answer lowers mastery."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from emotion.knowledge.logs.history_counts import AnswerSkillPairs, pair_skills
from emotion.knowledge.logs.online_batches import group_by_place
from emotion.knowledge.logs.response_log import ResponseLog
from emotion.knowledge.tracers.base import Tracer

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

# Parameters stay this far from 0 and 1, so that no answer is impossible.
LEAST: Final = 1e-3
# Assumed: weight, in answers, of the initial value for a skill with few answers.
WEIGHT: Final = 5.0


@dataclass(frozen=True, slots=True)
class BktParameters:
    """Parameters by skill, (S,) each, or one per answer.

    Attributes
    ----------
    known : probability that the skill is known before the first answer
    learned, forgotten : probability of a change from one answer to the next
    guess : probability of a right answer without knowing
    slip : probability of a wrong answer in spite of knowing
    """

    known: Array
    learned: Array
    forgotten: Array
    guess: Array
    slip: Array

    def select(self, skills: Codes) -> BktParameters:
        """Return those of some skills, in their order."""
        parts = (self.known, self.learned, self.forgotten, self.guess, self.slip)
        return BktParameters(*(part[skills] for part in parts))

    def right_probability(self, prior: Array) -> Array:
        """Return the probability of a right answer, with probability `prior` of knowing."""
        return np.asarray(prior * (1.0 - self.slip) + (1.0 - prior) * self.guess)

    def after(self, prior: Array, correct: Codes) -> Array:
        """Return the probability that the skill is known, given the answer (Bayes)."""
        if_known = np.where(correct == 1, 1.0 - self.slip, self.slip)
        if_not = np.where(correct == 1, self.guess, 1.0 - self.guess)
        both = prior * if_known + (1.0 - prior) * if_not
        return np.asarray(prior * if_known / both)

    def later(self, known: Array) -> Array:
        """Return that probability at the next question."""
        return np.asarray(known * (1.0 - self.forgotten) + (1.0 - known) * self.learned)


START: Final = (0.4, 0.1, 0.02, 0.2, 0.08)


class BKT(Tracer):
    """One hidden chain for each learner and skill, fitted by expectation maximisation.

    An answer to a question of several skills counts for each; their probabilities are averaged.

    Parameters
    ----------
    forgets : bool
        Whether a skill can be lost again.
    most_guess, most_slip : float
        Upper limits; their sum must be below 1, or a right answer could count against a skill.
    iterations : int

    Attributes
    ----------
    shares_ : BktParameters
        (S + 1,) by skill; the last for unknown skills.
    classes_ : (2,)

    Notes
    -----
    Mastery is the belief after an answer. With forgetting, belief has a ceiling: the level that a
    series of right answers converges to. The initial belief is kept below it (`bound_start`), so
    belief never exceeds it, and no right answer lowers it.

    References
    ----------
    A. Corbett, J. Anderson, "Knowledge tracing: modeling the acquisition of procedural knowledge",
    User Modeling and User-Adapted Interaction 4 (1995).
    """

    def __init__(
        self,
        *,
        forgets: bool = False,
        most_guess: float = 0.3,
        most_slip: float = 0.3,
        iterations: int = 25,
    ) -> None:
        self.forgets = forgets
        self.most_guess = most_guess
        self.most_slip = most_slip
        self.iterations = iterations

    def fit(self, log: ResponseLog) -> Self:
        """Learn from other learners' logs; the log includes the answers."""
        if not self.most_guess + self.most_slip < 1.0:
            raise ValueError("expected most_guess + most_slip < 1")
        self.classes_ = np.array([0, 1])
        pairs, width = pair_skills(log), log.skills.shape[1]
        chains = _chains(log, pairs)
        shares = self._bound(BktParameters(*(np.full(width + 1, value) for value in START)))
        for _ in range(self.iterations):
            shares = self._bound(_maximise(chains, shares))
        self.shares_ = shares
        return self

    def _right(self, log: ResponseLog) -> Array:
        pairs, chains, own = self._read(log)
        each = own.right_probability(_forward(chains, own)[0])
        return np.asarray(np.bincount(pairs.rows, each, len(log)) / np.diff(log.skills.indptr))

    def mastery(self, log: ResponseLog) -> tuple[AnswerSkillPairs, Array]:
        """Return each pair of answer and skill, and the mastery (M,) after that answer."""
        pairs, chains, own = self._read(log)
        return pairs, _forward(chains, own)[1]

    def _read(self, log: ResponseLog) -> tuple[AnswerSkillPairs, _Chains, BktParameters]:
        pairs = pair_skills(log)
        known = np.minimum(pairs.skills, len(self.shares_.known) - 1)
        return pairs, _chains(log, pairs), self.shares_.select(known)

    def _bound(self, shares: BktParameters) -> BktParameters:
        forgotten = np.clip(shares.forgotten, LEAST, 0.5) if self.forgets else np.zeros(1)
        return bound_start(
            BktParameters(
                np.clip(shares.known, LEAST, 1 - LEAST),
                np.clip(shares.learned, LEAST, 0.5),
                np.broadcast_to(forgotten, shares.known.shape),
                np.clip(shares.guess, LEAST, self.most_guess),
                np.clip(shares.slip, LEAST, self.most_slip),
            )
        )


def bound_start(shares: BktParameters) -> BktParameters:
    """Return the parameters with `known` at most the limit of a series of right answers.

    Belief before a question grows with belief after the previous one as long as `learned` and
    `forgotten` sum to at most 1. Then a start below the ceiling stays below it.
    """
    right = np.ones(len(shares.known), np.int64)
    low, high = np.zeros(len(shares.known)), np.ones(len(shares.known))
    for _ in range(60):
        middle = (low + high) / 2
        grows = shares.later(shares.after(middle, right)) > middle
        low, high = np.where(grows, middle, low), np.where(grows, high, middle)
    return replace(shares, known=np.minimum(shares.known, np.where(shares.forgotten > 0, low, 1.0)))


@dataclass(frozen=True, slots=True)
class _Chains:
    """The pairs' answers and skills (M,), and the pairs that are first, second … in a chain.

    ``chains`` is each pair's chain.
    """

    correct: Codes
    skills: Codes
    chains: Codes
    places: list[Codes]


def _chains(log: ResponseLog, pairs: AnswerSkillPairs) -> _Chains:
    names = log.users[pairs.rows] * log.skills.shape[1] + pairs.skills
    chains = np.unique(names, return_inverse=True)[1]
    return _Chains(log.correct[pairs.rows], pairs.skills, chains, group_by_place(chains))


def _forward(chains: _Chains, own: BktParameters) -> tuple[Array, Array]:
    """Return (M,) probabilities that the skill is known before and after each answer is seen."""
    prior, after = own.known.copy(), np.empty(len(own.known))
    belief = np.empty(int(chains.chains.max(initial=-1)) + 1)
    for place, rows in enumerate(chains.places):
        here = own.select(rows)
        if place:
            prior[rows] = here.later(belief[chains.chains[rows]])
        after[rows] = here.after(prior[rows], chains.correct[rows])
        belief[chains.chains[rows]] = after[rows]
    return prior, after


def _maximise(chains: _Chains, shares: BktParameters) -> BktParameters:
    """Return the parameters of the largest expected likelihood, given the present beliefs."""
    own = shares.select(chains.skills)
    prior, after = _forward(chains, own)
    smooth, learned, lost, stayed = _backward(chains, own, after)
    width, first = len(shares.known), np.zeros(len(prior), np.bool_)
    first[chains.places[0]] = True

    def share(part: Array, whole: Array, start: float) -> Array:
        """Return each skill's share of sums, and all skills' share for those without answers."""
        sums = [np.bincount(chains.skills, each, width) for each in (part, whole)]
        found = (sums[0] + WEIGHT * start) / (sums[1] + WEIGHT)
        found[-1] = (sums[0].sum() + WEIGHT * start) / (sums[1].sum() + WEIGHT)
        return np.asarray(found)

    known, learned_0, lost_0, guess, slip = START
    right = chains.correct.astype(np.float64)
    return BktParameters(
        share(smooth * first, first.astype(np.float64), known),
        share(learned, stayed * (1.0 - smooth), learned_0),
        share(lost, stayed * smooth, lost_0),
        share((1.0 - smooth) * right, 1.0 - smooth, guess),
        share(smooth * (1.0 - right), smooth, slip),
    )


def _backward(
    chains: _Chains, own: BktParameters, after: Array
) -> tuple[Array, Array, Array, Array]:
    """Return (M,) beliefs given the whole chain, and what follows each pair.

    Returns
    -------
    smooth
        Probability that the skill was known.
    learned, lost
        Probability that it was learned, or lost, before the next answer.
    stayed
        1 if there is a next answer, else 0.
    """
    smooth = after.copy()
    learned, lost, stayed = (np.zeros(len(after)) for _ in range(3))
    nexts = np.empty(int(chains.chains.max(initial=-1)) + 1)
    followed = np.zeros(len(nexts), np.bool_)
    for rows in reversed(chains.places):
        chain = chains.chains[rows]
        rows_in, chain_in = rows[followed[chain]], chain[followed[chain]]
        here, known, later = own.select(rows_in), after[rows_in], nexts[chain_in]
        before_next = here.later(known)
        up = later * (1.0 - known) * here.learned / before_next
        # Belief may round to 1; then nothing can be lost.
        down = (1.0 - later) * known * here.forgotten / np.maximum(1.0 - before_next, 1e-300)
        smooth[rows_in] = later - up + down
        learned[rows_in], lost[rows_in], stayed[rows_in] = up, down, 1.0
        nexts[chain], followed[chain] = smooth[rows], True
    return smooth, learned, lost, stayed
