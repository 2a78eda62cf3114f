"""Selection of the number of hidden states: the fewest that are not clearly worse on held-out
data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emotion.behaviour.em import log_likelihoods, stack
from emotion.behaviour.hmm import HiddenMarkovModel

Array = NDArray[np.float64]

FOLDS: Final = 3

# (sequences, k) -> a model fitted to them.
ModelFit = Callable[[Sequence[Array], int], HiddenMarkovModel]


@dataclass(frozen=True, slots=True)
class StateCountChoice:
    """The chosen number of states, and the held-out log-likelihood per observation for each
    number.
    """

    k: int
    held_out: Mapping[int, float]


def choose_state_count(
    sequences: Sequence[Array], counts: Sequence[int], fitted: ModelFit, *, rng: np.random.Generator
) -> StateCountChoice:
    """Choose among `counts` by cross-validation over thirds of the sequences.

    Parameters
    ----------
    sequences : of (T_i, F)
        One per learner or Sitting, so held-out data are never part of a training sequence.
    """
    lengths = np.array([len(each) for each in sequences])
    part = rng.permutation(len(sequences)) % FOLDS
    by_count = {k: _score_left_out(sequences, part, k, fitted) for k in sorted(counts)}
    held_out = {k: float(each.sum() / lengths.sum()) for k, each in by_count.items()}
    return StateCountChoice(choose_fewest(by_count, lengths), held_out)


def choose_fewest(by_count: Mapping[int, Array], lengths: NDArray[np.int64]) -> int:
    """Return the smallest number that is within one standard error of the best.

    Parameters
    ----------
    by_count : number -> (S,)
        Log-likelihood of each held-out sequence. The standard error is that of the difference over
        the same sequences, since variation between sequences does not matter here.
    """
    best = max(by_count.values(), key=lambda each: float(each.sum()))
    for k in sorted(by_count):
        short = best - by_count[k]
        if short.sum() <= _error(short, lengths) * lengths.sum():
            return k
    raise ValueError("expected at least one number of states")


def _error(sums: Array, lengths: NDArray[np.int64]) -> float:
    """Return the standard error of sum(sums) / sum(lengths) under sampling of whole sequences."""
    rest = sums - lengths * (sums.sum() / lengths.sum())
    return float(np.sqrt((rest**2).sum() * len(sums) / max(len(sums) - 1, 1)) / lengths.sum())


def _score_left_out(
    sequences: Sequence[Array], part: NDArray[np.int64], k: int, fitted: ModelFit
) -> Array:
    found = np.empty(len(sequences))
    for fold in range(FOLDS):
        model = fitted([sequences[row] for row in np.flatnonzero(part != fold).tolist()], k)
        rows = np.flatnonzero(part == fold)
        found[rows] = log_likelihoods(model, stack([sequences[row] for row in rows.tolist()]))
    return found
