"""What every model of knowledge offers: scikit-learn's contract, over logs of answers."""

from __future__ import annotations

from abc import abstractmethod
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from emotion.knowledge.logs.response_log import Responses

Array = NDArray[np.float64]


class Tracer(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A model of the chance that a learner's next answer is right.

    A log holds both what is read and what is learned: `fit` takes no second argument, and each
    answer's chance is made of the same learner's earlier answers alone.

    Attributes
    ----------
    classes_ : (2,)
        Wrong and right.
    """

    @abstractmethod
    def fit(self, log: Responses) -> Self:
        """Learn from other learners' logs."""

    def predict_proba(self, log: Responses) -> Array:
        """Return (N, 2): the chances of a wrong and of a right answer."""
        right = self._right(log)
        return np.stack([1.0 - right, right], axis=1)

    def predict(self, log: Responses) -> NDArray[np.int64]:
        """Return (N,): the likelier answer."""
        return np.asarray(self.predict_proba(log).argmax(axis=1), np.int64)

    @abstractmethod
    def _right(self, log: Responses) -> Array:
        """Return (N,): the chance of a right answer."""
