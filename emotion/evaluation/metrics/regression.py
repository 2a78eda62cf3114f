"""Agreement of predicted numbers with people's ratings: CCC and RMSE, from sums by person."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def sum_by_person(ratings: Array, predictions: Array, people: NDArray[np.int64]) -> Array:
    """Return (P, 6), by person: rows, and sums of ratings, predictions, their squares and product.

    Parameters
    ----------
    ratings, predictions, people : (N,)
        Ratings, predictions, and codes of people.
    """
    _, who = np.unique(people, return_inverse=True)
    parts = (
        np.ones_like(ratings),
        ratings,
        predictions,
        ratings**2,
        predictions**2,
        ratings * predictions,
    )
    return np.stack([np.bincount(who, weights=each) for each in parts], axis=1)


def ccc(sums: Array) -> Array:
    """Return Lin's concordance correlation of (..., 6) sums (Lin 1989, equation 2).

    1 = identical numbers; 0 = no better than a constant.
    """
    n = np.maximum(sums[..., 0], 1)
    told, said = sums[..., 1] / n, sums[..., 2] / n
    spread = sums[..., 3] / n - told**2 + sums[..., 4] / n - said**2 + (told - said) ** 2
    shared = sums[..., 5] / n - told * said
    return np.asarray(2 * shared / np.where(spread > 0, spread, 1))


def rmse(sums: Array) -> Array:
    """Return the root of the mean squared difference of (..., 6) sums."""
    squared = sums[..., 3] + sums[..., 4] - 2 * sums[..., 5]
    return np.asarray(np.sqrt(np.maximum(squared, 0) / np.maximum(sums[..., 0], 1)))
