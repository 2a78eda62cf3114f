"""Whole histories of learners as padded batches for a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from emotion.knowledge.logs.online_batches import learners, padded_skills
from emotion.knowledge.logs.response_log import Responses

Codes = NDArray[np.int64]
History = Codes  # the rows of one learner, oldest first


@dataclass(frozen=True, slots=True)
class Given:
    """What the network reads of each answer: (N, K), (N,), (N,).

    Skills that it does not know have the code of padding.
    """

    skills: Codes
    difficulty: NDArray[np.float64]
    correct: Codes

    def of(self, batch: Sequence[History]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return skills (B, T, K), difficulty (B, T), answers (B, T), and what is no padding."""
        longest = max(len(rows) for rows in batch)
        rows = np.zeros((len(batch), longest), np.int64)
        there = np.zeros((len(batch), longest), np.bool_)
        for place, own in enumerate(batch):
            rows[place, : len(own)], there[place, : len(own)] = own, True
        return (
            torch.from_numpy(self.skills[rows]),
            torch.from_numpy(self.difficulty[rows].astype(np.float32)),
            torch.from_numpy(self.correct[rows]),
            torch.from_numpy(there),
        )


def given(log: Responses, difficulty: NDArray[np.float64], skills: int) -> Given:
    """Return what a network of so many skills may read of a log."""
    padded = padded_skills(log)
    unknown = (padded >= log.skills.shape[1]) | (padded >= skills)
    return Given(np.where(unknown, skills, padded), difficulty, log.correct)


def histories(log: Responses, rows: Codes) -> list[History]:
    """Return the rows, learner by learner."""
    rows = np.sort(rows)
    order = np.argsort(learners(log)[rows], kind="stable")
    cuts = np.flatnonzero(np.diff(log.users[rows][order])) + 1
    return [rows[part] for part in np.split(order, cuts)]


def batches(
    whole: Sequence[History], answers: int, rng: np.random.Generator | None
) -> Iterator[list[History]]:
    """Yield learners of like length together, about `answers` places a batch; all, each once.

    Parameters
    ----------
    rng
        Of the order; None for the order of length.
    """
    lengths = np.array([len(rows) for rows in whole])
    jitter = np.ones(len(whole)) if rng is None else rng.uniform(0.8, 1.25, len(whole))
    parts: list[list[History]] = [[]]
    longest = 0
    for place in np.argsort(lengths * jitter, kind="stable"):
        longest = max(longest, int(lengths[place]))
        if parts[-1] and longest * (len(parts[-1]) + 1) > answers:
            parts.append([])
            longest = int(lengths[place])
        parts[-1].append(whole[place])
    order = np.arange(len(parts)) if rng is None else rng.permutation(len(parts))
    yield from (parts[place] for place in order)
