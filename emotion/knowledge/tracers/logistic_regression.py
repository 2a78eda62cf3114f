"""Logistic regression on columns of a log: the base of PFA, Best-LR and the hybrid."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import expit
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from emotion.calibration.temperature import log_loss
from emotion.evaluation.splits import iterate_folds
from emotion.knowledge.logs.response_log import ResponseLog
from emotion.knowledge.tracers.base import Tracer

Array = NDArray[np.float64]


class LogRegression(Tracer):
    """A model that is linear on the logit scale.

    Parameters
    ----------
    C : float
        Inverse strength of the L2 penalty.
    max_iter : int
        Of L-BFGS.

    Attributes
    ----------
    classes_ : (2,)
    model_ : LogisticRegression
    """

    def __init__(self, C: float = 1.0, max_iter: int = 1000) -> None:
        self.C = C
        self.max_iter = max_iter

    def fit(self, log: ResponseLog) -> Self:
        """Learn from other learners' logs; the log includes the answers."""
        self.classes_ = np.array([0, 1])
        self._learn(self._learn_columns(log), log.correct)
        return self

    def _right(self, log: ResponseLog) -> Array:
        return np.asarray(expit(self._logit(self._columns(log))))

    def _learn(self, columns: csr_array, correct: NDArray[np.int64]) -> None:
        self.model_ = LogisticRegression(C=self.C, max_iter=self.max_iter).fit(columns, correct)

    def _logit(self, columns: csr_array) -> Array:
        found: Array = self.model_.decision_function(columns)
        return found

    @abstractmethod
    def _learn_columns(self, log: ResponseLog) -> csr_array:
        """Fit what the columns need, and return the training log's columns."""

    @abstractmethod
    def _columns(self, log: ResponseLog) -> csr_array:
        """Return (N, F) for any log."""


def best_c(
    model: LogRegression,
    log: ResponseLog,
    grid: Sequence[float],
    *,
    rng: np.random.Generator,
    count: int = 3,
) -> float:
    """Return the C of the least log loss in cross-validation over learners.

    Parameters
    ----------
    grid
        From small to large: each fit continues from the previous one.
    count : int
        Number of folds.
    """
    losses = np.zeros(len(grid))
    for train, test in iterate_folds(log.users, count, rng=rng):
        fitted, judged = clone(model), log.take(test)
        learned = log.take(train)
        columns, others = fitted._learn_columns(learned), fitted._columns(judged)
        line = LogisticRegression(max_iter=model.max_iter, warm_start=True)
        for place, c in enumerate(grid):
            line.set_params(C=c).fit(columns, learned.correct)
            losses[place] += log_loss(line.predict_proba(others), judged.correct) * len(test)
    return float(grid[int(losses.argmin())])
