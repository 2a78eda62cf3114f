"""Counts of right answers and answers before each answer, excluding it, vectorised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from emotion.knowledge.logs.response_log import ResponseLog

Array = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class EarlierCounts:
    """Right answers and all answers in a group before each answer, (M,) each."""

    wins: Array
    tries: Array


@dataclass(frozen=True, slots=True)
class AnswerSkillPairs:
    """Each pair of an answer and a skill it needs: (M,) rows of the log, and skills."""

    rows: Codes
    skills: Codes


def pair_skills(log: ResponseLog) -> AnswerSkillPairs:
    """Return the pairs, in the log's order."""
    return AnswerSkillPairs(
        np.repeat(np.arange(len(log)), np.diff(log.skills.indptr)),
        log.skills.indices.astype(np.int64),
    )


def count_before(groups: Codes, correct: Codes) -> EarlierCounts:
    """Count within each group, over rows in order of time.

    Parameters
    ----------
    groups : (M,)
        Which rows belong together, such as a learner's, or a learner's of one skill.
    correct : (M,)
        1 right, 0 wrong.
    """
    order = np.argsort(groups, kind="stable")
    first = np.flatnonzero(np.r_[True, np.diff(groups[order]) != 0]) if len(order) else order
    own = np.repeat(np.arange(len(first)), np.diff(np.r_[first, len(order)]))
    sums = np.cumsum(np.r_[0, correct[order]])[:-1]
    wins, tries = np.empty(len(order)), np.empty(len(order))
    wins[order] = sums - sums[first][own]
    tries[order] = np.arange(len(order)) - first[own]
    return EarlierCounts(wins, tries)


def count_by_user(log: ResponseLog) -> EarlierCounts:
    """Count each learner's earlier answers."""
    return count_before(log.users, log.correct)


def count_by_item(log: ResponseLog) -> EarlierCounts:
    """Count each learner's earlier answers to the same item."""
    return count_before(log.users * log.item_count + log.items, log.correct)


def count_by_skill(log: ResponseLog, pairs: AnswerSkillPairs) -> EarlierCounts:
    """Count each learner's earlier answers on a skill: one figure for each pair."""
    groups = log.users[pairs.rows] * log.skills.shape[1] + pairs.skills
    return count_before(groups, log.correct[pairs.rows])


def scatter(values: Array, pairs: AnswerSkillPairs, log: ResponseLog, width: int) -> csr_array:
    """Return (N, width): each pair's value at its skill; skills from `width` on are unknown."""
    known = pairs.skills < width
    cells = (values[known], (pairs.rows[known], pairs.skills[known]))
    return csr_array(cells, shape=(len(log), width))


def one_hot(codes: Codes, width: int) -> csr_array:
    """Return (N, width) with a 1 at each code; codes from `width` on are unknown."""
    known = np.flatnonzero(codes < width)
    cells = (np.ones(len(known)), (known, codes[known]))
    return csr_array(cells, shape=(len(codes), width))
