"""Baselines that know nothing of the learner: the video, the time, the previous label.

A network that does not beat these has learned no more than they know.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

# The code of a row without a previous label.
NONE = -1


class ByCode(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # sklearn is untyped
    """The label shares of training rows with the same code; the prior for a new code.

    Parameters
    ----------
    strength : float
        How many rows of the prior are mixed into each code's shares.

    Attributes
    ----------
    classes_ : (K,)
    prior_ : (K,)
    shares_ : dict from code to (K,)
    """

    def __init__(self, strength: float = 1.0) -> None:
        self.strength = strength

    def fit(self, X: Any, y: Any) -> Self:
        """Count labels y (N,) by the codes X (N, 1)."""
        X, y = validate_data(self, X, y)
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        self.prior_ = np.bincount(labels) / len(labels)
        self.shares_ = {}
        for code in np.unique(X[:, 0]):
            counts = np.bincount(labels[X[:, 0] == code], minlength=len(self.classes_))
            mixed = counts + self.strength * self.prior_
            self.shares_[float(code)] = mixed / mixed.sum()
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return (N, K)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        return np.array([self.shares_.get(float(code), self.prior_) for code in X[:, 0]])

    def predict(self, X: Any) -> Any:
        """Return the most frequent label of each row's code (N,)."""
        commonest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[commonest]


def time_codes(seconds: NDArray[np.float64], bin_s: float = 30.0) -> NDArray[np.int64]:
    """Return (N, 1): the bin of the Sitting or video that each row's time (N,), s, is in."""
    return np.floor(seconds / bin_s).astype(np.int64)[:, None]


def last_label_codes(
    labels: NDArray[np.int64], sittings: NDArray[np.int64], seconds: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return (N, 1): the true label before each row in its Sitting, -1 if it is the first.

    In a test fold these are the labels to be predicted, one row late: an oracle that no live system
    has.
    """
    order = np.lexsort((seconds, sittings))
    before = np.full(len(labels), NONE, np.int64)
    same = sittings[order][1:] == sittings[order][:-1]
    before[order[1:][same]] = labels[order[:-1][same]]
    return before[:, None]
