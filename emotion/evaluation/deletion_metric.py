"""Faithfulness of an explanation: delete the most important inputs first and watch P(label).

The area under that curve is small if the first deletions already remove the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from emotion.explain import deletion_score, shapley_value

Array = NDArray[np.float64]
Worths = dict[frozenset[str], Array]


def evaluate_subsets(
    said: Array, labels: NDArray[np.int64], choices: Sequence[tuple[str, ...]]
) -> Worths:
    """Return P(label) for each choice of modalities.

    Parameters
    ----------
    said : (S, N, K)
        Probabilities with only the modalities of each choice shown.
    labels : (N,)
        The labels whose probabilities are explained.
    """
    rows = np.arange(said.shape[1])
    return {frozenset(choice): one[rows, labels] for choice, one in zip(choices, said, strict=True)}


def shapley(found: Worths, names: Sequence[str]) -> Array:
    """Return each modality's exact Shapley value for each row (N, M), as in `emotion.explain`."""
    return np.stack([shapley_value(found, name, list(names)) for name in names], axis=1)


def deletion_area(
    found: Worths, importance: Array, names: Sequence[str], came: NDArray[np.bool_]
) -> Array:
    """Return each row's mean P(label) after each deletion, relative to P(label) with all (N,).

    Parameters
    ----------
    importance : (N, M)
        The largest is deleted first; missing modalities are not deleted.
    came : (N, M) bool
    """
    result = np.empty(len(importance))
    for row, weight in enumerate(importance):
        order = np.argsort(-weight, kind="stable")
        worth = {choice: float(values[row]) for choice, values in found.items()}
        result[row] = deletion_score(worth, [names[place] for place in order[came[row][order]]])
    return result
