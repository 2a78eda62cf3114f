"""The common interface of knowledge tracers: scikit-learn's contract on logs of answers."""

from __future__ import annotations

from abc import abstractmethod
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from emotion.knowledge.logs.response_log import ResponseLog

Array = NDArray[np.float64]


class Tracer(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A model of the probability that a learner's next answer is right.

    A log has both inputs and targets, so `fit` takes no second argument. Each answer's probability
    depends on the same learner's earlier answers only.

    Attributes
    ----------
    classes_ : (2,)
        Wrong and right.
    """

    @abstractmethod
    def fit(self, log: ResponseLog) -> Self:
        """Learn from other learners' logs."""

    def predict_proba(self, log: ResponseLog) -> Array:
        """Return (N, 2): the probabilities of a wrong and of a right answer."""
        right = self._right(log)
        return np.stack([1.0 - right, right], axis=1)

    def predict(self, log: ResponseLog) -> NDArray[np.int64]:
        """Return (N,): the more likely answer."""
        return np.asarray(self.predict_proba(log).argmax(axis=1), np.int64)

    @abstractmethod
    def _right(self, log: ResponseLog) -> Array:
        """Return (N,): the probability of a right answer."""
