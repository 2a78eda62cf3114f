"""How many hidden states: the fewest that are not clearly worse on sequences left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emotion.behaviour.em import log_likelihoods, side_by_side
from emotion.behaviour.hmm import Model

Array = NDArray[np.float64]

FOLDS: Final = 3

# (sequences, k) -> a model fitted to them.
Fitted = Callable[[Sequence[Array], int], Model]


@dataclass(frozen=True, slots=True)
class Choice:
    """The number of states, and the log-likelihood an observation left out by number of states."""

    k: int
    held_out: Mapping[int, float]


def choose(
    sequences: Sequence[Array], counts: Sequence[int], fitted: Fitted, *, rng: np.random.Generator
) -> Choice:
    """Return the choice among `counts`; each third of the sequences is left out in turn.

    Parameters
    ----------
    sequences : of (T_i, F)
        One a learner or Sitting: what is left out is never a part of one that is learned from.
    """
    lengths = np.array([len(each) for each in sequences])
    part = rng.permutation(len(sequences)) % FOLDS
    by_count = {k: _left_out(sequences, part, k, fitted) for k in sorted(counts)}
    held_out = {k: float(each.sum() / lengths.sum()) for k, each in by_count.items()}
    return Choice(fewest(by_count, lengths), held_out)


def fewest(by_count: Mapping[int, Array], lengths: NDArray[np.int64]) -> int:
    """Return the smallest number that is within one standard error of the best.

    Parameters
    ----------
    by_count : number -> (S,)
        Log-likelihood of each sequence that was left out. The error is that of the difference,
        over the same sequences: how they differ from each other is no doubt about the number.
    """
    best = max(by_count.values(), key=lambda each: float(each.sum()))
    for k in sorted(by_count):
        short = best - by_count[k]
        if short.sum() <= _error(short, lengths) * lengths.sum():
            return k
    raise ValueError("expected at least one number of states")


def _error(sums: Array, lengths: NDArray[np.int64]) -> float:
    """Return the standard error of sum(sums) / sum(lengths), sequences drawn whole."""
    rest = sums - lengths * (sums.sum() / lengths.sum())
    return float(np.sqrt((rest**2).sum() * len(sums) / max(len(sums) - 1, 1)) / lengths.sum())


def _left_out(sequences: Sequence[Array], part: NDArray[np.int64], k: int, fitted: Fitted) -> Array:
    found = np.empty(len(sequences))
    for fold in range(FOLDS):
        model = fitted([sequences[row] for row in np.flatnonzero(part != fold).tolist()], k)
        rows = np.flatnonzero(part == fold)
        found[rows] = log_likelihoods(
            model, side_by_side([sequences[row] for row in rows.tolist()])
        )
    return found
