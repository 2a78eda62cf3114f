"""Elo ratings of many learners before each answer, and fitted difficulties of items.

The first pace is the live one of `emotion.knowledge.elo`, and gives the same figures.
"""

from __future__ import annotations

from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from emotion.evaluation.splits import iterate_folds
from emotion.knowledge.elo import LIVE, PACES, Gain, RatingGains
from emotion.knowledge.logs.history_counts import pair_skills
from emotion.knowledge.logs.online_batches import iterate_steps, number_learners
from emotion.knowledge.logs.response_log import ResponseLog
from emotion.knowledge.tracers.base import Tracer

Array = NDArray[np.float64]


# Number of parts of learners; each is rated by difficulties fitted on the other parts.
FOLDS: Final = 5
# Assumed: a skill's difficulty counts as known after this many answers.
SKILL_ANSWERS: Final = 10.0


class EloStates(Tracer):
    """Difficulties fitted to learners' answers, and the resulting ratings.

    Parameters
    ----------
    prior : float
        Strength with which an item's difficulty is shrunk to that of its skills.
    rounds : int
        How often ratings and difficulties are fitted in turn.

    Attributes
    ----------
    difficulty_ : (I,)
        Of each item in logits; NaN for unknown items.
    answers_ : (I,)
        The number of answers behind each.
    skill_difficulty_ : (S,)
    classes_ : (2,)
    """

    def __init__(self, prior: float = 1.5, rounds: int = 3) -> None:
        self.prior = prior
        self.rounds = rounds

    def fit(self, log: ResponseLog) -> Self:
        """Fit difficulties by Newton's steps, alternating with passes of the live ratings."""
        self.classes_ = np.array([0, 1])
        self.answers_ = np.bincount(log.items, minlength=log.item_count).astype(np.float64)
        self.skill_difficulty_ = _skill_difficulty(log)
        of_skills = self._of_skills(log)
        sums = np.bincount(log.items, of_skills, minlength=log.item_count)
        drawn_to = sums / np.maximum(self.answers_, 1.0)
        ability = np.zeros(len(log))
        for _ in range(self.rounds + 1):
            found = _fit_difficulty(log, ability, drawn_to, self.prior)
            self.difficulty_ = np.where(self.answers_ > 0, found, np.nan)
            ability = rate(log, self.difficulties(log), (LIVE,))[:, :, 0].sum(axis=1)
        return self

    def _right(self, log: ResponseLog) -> Array:
        difficulty = self.difficulties(log)
        return np.asarray(expit(rate(log, difficulty, (LIVE,))[:, :, 0].sum(axis=1) - difficulty))

    def transform(self, log: ResponseLog) -> Array:
        """Return (N, 5 + 2 paces): difficulty and other known values first, then ratings."""
        difficulty = self.difficulties(log)
        found = rate(log, difficulty, PACES)  # (N, 2, paces)
        live = found[:, :, 0].sum(axis=1) - difficulty
        known = np.where(log.items < len(self.answers_), log.items, -1)
        evidence = np.log1p(np.append(self.answers_, 0.0)[known])
        rest = np.stack([difficulty, self._of_skills(log), evidence, live, expit(live)], axis=1)
        return np.concatenate([rest, found.reshape(len(log), -1)], axis=1)

    def difficulties(self, log: ResponseLog) -> Array:
        """Return (N,): the difficulty of each answer's item; for a new item, that of its skills."""
        known = np.where(log.items < len(self.difficulty_), log.items, -1)
        found = np.append(self.difficulty_, np.nan)[known]
        return np.where(np.isnan(found), self._of_skills(log), found)

    def _of_skills(self, log: ResponseLog) -> Array:
        each, known = np.zeros(log.skills.shape[1]), self.skill_difficulty_
        each[: len(known)] = known[: len(each)]
        return np.asarray((log.skills @ each) / np.diff(log.skills.indptr))


def transform_crosswise(log: ResponseLog, *, rng: np.random.Generator) -> Array:
    """Return (N, F): the log's `transform`, each learner's by the other parts' difficulties."""
    parts = [
        (rows, EloStates().fit(log.take(others)).transform(log.take(rows)))
        for others, rows in iterate_folds(log.users, min(FOLDS, len(np.unique(log.users))), rng=rng)
    ]
    states = np.empty((len(log), parts[0][1].shape[1]))
    for rows, found in parts:
        states[np.sort(rows)] = found
    return states


def rate(log: ResponseLog, difficulty: Array, paces: tuple[RatingGains, ...]) -> Array:
    """Return (N, 2, paces): overall rating and mean of the skills' before each answer, logits.

    Parameters
    ----------
    difficulty : (N,)
        Of each answer's question, logits.
    """
    people, width = int(number_learners(log).max(initial=-1)) + 1, log.skills.shape[1]
    overall, overall_n = np.zeros((people, len(paces))), np.zeros((people, 1))
    skills, skills_n = np.zeros((people, width + 1, len(paces))), np.zeros((people, width + 1, 1))
    found = np.empty((len(log), 2, len(paces)))
    of_all, of_skill = _gains([p.overall for p in paces]), _gains([p.skill for p in paces])
    for step in iterate_steps(log):
        who, cells = step.learners, (step.learners[:, None], step.skills)
        each = skills[cells] * step.here[:, :, None]  # (A, K, paces)
        before = found[step.rows, 0] = overall[who]
        mean = found[step.rows, 1] = each.sum(axis=1) / step.here.sum(axis=1)[:, None]
        surprise = log.correct[step.rows, None] - expit(
            before + mean - difficulty[step.rows, None]
        )  # (A, paces)
        overall[who] += surprise * _steps(of_all, overall_n[who])
        skills[cells] = each + surprise[:, None] * _steps(of_skill, skills_n[cells])
        overall_n[who] += 1
        skills_n[cells] += 1
    return found


def _gains(gains: list[Gain]) -> tuple[Array, Array]:
    """Return (paces,) and (paces,): `a` and `b` of each."""
    return np.array([each.a for each in gains]), np.array([each.b for each in gains])


def _steps(gains: tuple[Array, Array], answers: Array) -> Array:
    """Return (..., paces): `Gain.after` of (..., 1) answers."""
    a, b = gains
    return np.asarray(a / (1.0 + b * answers))


def _skill_difficulty(log: ResponseLog) -> Array:
    pairs = pair_skills(log)
    wins = np.bincount(pairs.skills, log.correct[pairs.rows], log.skills.shape[1])
    tries = np.bincount(pairs.skills, minlength=log.skills.shape[1])
    # One answer of each kind keeps a log of only right answers finite.
    base = (log.correct.sum() + 1.0) / (len(log) + 2.0)
    share = (wins + SKILL_ANSWERS * base) / (tries + SKILL_ANSWERS)
    return np.asarray(np.log((1.0 - share) / share))


def _fit_difficulty(log: ResponseLog, ability: Array, drawn_to: Array, prior: float) -> Array:
    """Return (I,): difficulties of the least penalised log loss, given abilities (N,)."""
    found, size = drawn_to.copy(), len(drawn_to)
    for _ in range(8):
        right = expit(ability - found[log.items])
        slope = np.bincount(log.items, log.correct - right, size) + prior * (found - drawn_to)
        curve = np.bincount(log.items, right * (1.0 - right), size) + prior
        found = found - slope / curve
    return np.asarray(found)
