"""Prediction sets that contain the true label as often as promised, for each label by itself.

Mondrian split conformal prediction (Vovk 2003): one quantile per class, from people who neither
train nor test.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def quantiles(proba: Array, labels: NDArray[np.int64], miss: float = 0.1) -> Array:
    """Return each class's largest allowed 1 - p (K,): the (n + 1)(1 - miss)-th smallest of its own.

    A class with too few rows for the promise gets infinity: it is in every set.

    Parameters
    ----------
    proba : (N, K)
        Of people used for calibration only.
    miss : float
        Share of the rows of each class whose set may lack it.
    """
    found = np.full(proba.shape[1], np.inf)
    for label in range(proba.shape[1]):
        scores = np.sort(1 - proba[labels == label, label])
        rank = int(np.ceil((len(scores) + 1) * (1 - miss)))
        if 0 < rank <= len(scores):
            found[label] = scores[rank - 1]
    return found


def predict_sets(proba: Array, allowed: Array) -> NDArray[np.bool_]:
    """Return (N, K): which labels are in each row's set; an empty set gets the best label."""
    inside = 1 - proba <= allowed
    empty = ~inside.any(axis=1)
    inside[empty, proba[empty].argmax(axis=1)] = True
    return np.asarray(inside)


def cross_predict_sets(
    proba: Array, labels: NDArray[np.int64], parts: NDArray[np.int64], miss: float = 0.1
) -> NDArray[np.bool_]:
    """Return (N, K) sets; each part (fold) is calibrated on the people of all others."""
    found = np.zeros(proba.shape, np.bool_)
    for part in np.unique(parts):
        inside = parts == part
        allowed = quantiles(proba[~inside], labels[~inside], miss)
        found[inside] = predict_sets(proba[inside], allowed)
    return found


def coverage(inside: NDArray[np.bool_], labels: NDArray[np.int64]) -> Array:
    """Return (K,): the share of each class's rows whose set contains it; NaN for an empty class."""
    held = inside[np.arange(len(labels)), labels]
    count = np.bincount(labels, minlength=inside.shape[1])
    right = np.bincount(labels, weights=held, minlength=inside.shape[1])
    with np.errstate(invalid="ignore"):
        return np.asarray(right / count)
