"""Complete histories of learners as padded batches for a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from emotion.knowledge.logs.online_batches import number_learners, pad_skills
from emotion.knowledge.logs.response_log import ResponseLog

Codes = NDArray[np.int64]
History = Codes  # the rows of one learner, oldest first


@dataclass(frozen=True, slots=True)
class NetworkInputs:
    """Inputs of the network for each answer: (N, K), (N,), (N,).

    Skills that it does not know have the padding's code.
    """

    skills: Codes
    difficulty: NDArray[np.float64]
    correct: Codes

    def pad(self, batch: Sequence[History]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return skills (B, T, K), difficulty (B, T), answers (B, T), and where they are real."""
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


def make_inputs(log: ResponseLog, difficulty: NDArray[np.float64], skills: int) -> NetworkInputs:
    """Return the inputs that a network with `skills` skills may read from a log."""
    padded = pad_skills(log)
    unknown = (padded >= log.skills.shape[1]) | (padded >= skills)
    return NetworkInputs(np.where(unknown, skills, padded), difficulty, log.correct)


def list_histories(log: ResponseLog, rows: Codes) -> list[History]:
    """Return the rows, learner by learner."""
    rows = np.sort(rows)
    order = np.argsort(number_learners(log)[rows], kind="stable")
    cuts = np.flatnonzero(np.diff(log.users[rows][order])) + 1
    return [rows[part] for part in np.split(order, cuts)]


def iterate_batches(
    whole: Sequence[History], answers: int, rng: np.random.Generator | None
) -> Iterator[list[History]]:
    """Yield learners of similar length together, about `answers` places a batch, each once.

    Parameters
    ----------
    rng
        Shuffles the order; None for the order of length.
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
