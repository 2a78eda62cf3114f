"""Traverses all learners' logs in parallel, one answer each at a time, for fast online models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.knowledge.logs.response_log import ResponseLog

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class AnswerStep:
    """The n-th answer of every learner that has one, A answers.

    Attributes
    ----------
    rows, learners : (A,)
        Rows of the log, and places of their learners among the log's, from 0.
    skills : (A, K)
        Padded with the log's number of skills, which is no skill's code.
    here : (A, K) bool
        Where there is a skill.
    """

    rows: Codes
    learners: Codes
    skills: Codes
    here: NDArray[np.bool_]


def number_learners(log: ResponseLog) -> Codes:
    """Return (N,): each row's learner as a place among the log's learners, from 0."""
    return np.unique(log.users, return_inverse=True)[1].astype(np.int64)


def iterate_steps(log: ResponseLog) -> Iterator[AnswerStep]:
    """Yield every learner's first answer, then every learner's second, and so on."""
    who, padded = number_learners(log), pad_skills(log)
    here = padded < log.skills.shape[1]
    for rows in group_by_place(who):
        yield AnswerStep(rows, who[rows], padded[rows], here[rows])


def group_by_place(who: Codes) -> list[Codes]:
    """Return the rows of every learner's first answer, second answer, and so on."""
    order = np.argsort(who, kind="stable")
    first = np.flatnonzero(np.r_[True, np.diff(who[order]) != 0])
    sizes = np.diff(np.r_[first, len(order)])
    place = np.arange(len(order)) - np.repeat(first, sizes)
    inner = np.argsort(place, kind="stable")
    return np.split(order[inner], np.flatnonzero(np.diff(place[inner])) + 1)


def pad_skills(log: ResponseLog) -> Codes:
    """Return (N, K): each row's skills, then the number of skills as padding."""
    sizes = np.diff(log.skills.indptr)
    padded = np.full((len(log), int(sizes.max(initial=1))), log.skills.shape[1], np.int64)
    place = np.arange(len(log.skills.indices)) - np.repeat(log.skills.indptr[:-1], sizes)
    padded[np.repeat(np.arange(len(log)), sizes), place] = log.skills.indices
    return padded
