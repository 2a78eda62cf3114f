"""The nightly model: Best-LR's columns, Elo states and recent answers, linear and in trees."""

from __future__ import annotations

from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack
from sklearn.ensemble import HistGradientBoostingClassifier

from emotion.calibration.temperature import fit_temperature
from emotion.evaluation.splits import iterate_folds
from emotion.knowledge.logs.recency import recent_answers
from emotion.knowledge.logs.response_log import ResponseLog
from emotion.knowledge.tracers.best_lr import best_lr_columns
from emotion.knowledge.tracers.elo_states import EloStates, transform_crosswise
from emotion.knowledge.tracers.logistic_regression import LogRegression

Array = NDArray[np.float64]


# One in so many learners calibrates the mean before the last fit.
PARTS: Final = 5


class HybridTracer(LogRegression):
    """Two models of the same states, whose logits are averaged.

    Logistic regression uses Best-LR's columns, `EloStates` and `recent_answers`. Boosted trees use
    the latter two, whose interactions a linear model cannot represent. The training states use
    difficulties fitted on other learners, as for a learner the model has not met.

    Parameters
    ----------
    C, max_iter
        As of `LogRegression`.
    trees : int
        Number of trees.
    random_state : int
        Assigns learners to the parts for which difficulties are fitted on the others.

    Attributes
    ----------
    states_ : EloStates
    temperature_ : float
        Divides the mean of the logits.
    trees_ : HistGradientBoostingClassifier
    middle_, spread_ : (E,)
        Of the training states.
    items_, skills_ : int
    """

    def __init__(
        self, C: float = 1.0, max_iter: int = 1000, trees: int = 150, random_state: int = 0
    ) -> None:
        super().__init__(C, max_iter)
        self.trees = trees
        self.random_state = random_state

    def fit(self, log: ResponseLog) -> Self:
        """Learn from other learners' logs; the log includes the answers."""
        rng = np.random.default_rng(self.random_state)
        count = min(PARTS, len(np.unique(log.users)))
        taught, aside = (
            log.take(rows) for rows in next(iter(iterate_folds(log.users, count, rng=rng)))
        )
        self._learn(self._learn_columns(taught), taught.correct)
        logits = self._mean(self._columns(aside))
        # The mean of two models with independent errors is underconfident.
        both = np.stack([np.zeros(len(logits)), logits], axis=1)
        self.temperature_ = fit_temperature(both, aside.correct)
        super().fit(log)
        return self

    def _learn_columns(self, log: ResponseLog) -> csr_array:
        self.items_, self.skills_ = log.item_count, log.skills.shape[1]
        states = transform_crosswise(log, rng=np.random.default_rng(self.random_state))
        states = np.concatenate([states, recent_answers(log)], axis=1)
        self.states_ = EloStates().fit(log)
        self.middle_, self.spread_ = states.mean(axis=0), states.std(axis=0) + 1e-6
        return self._join_columns(log, states)

    def _columns(self, log: ResponseLog) -> csr_array:
        return self._join_columns(
            log, np.concatenate([self.states_.transform(log), recent_answers(log)], axis=1)
        )

    def _join_columns(self, log: ResponseLog, states: Array) -> csr_array:
        scaled = csr_array((states - self.middle_) / self.spread_)
        counted = best_lr_columns(log, self.items_, self.skills_)
        return csr_array(hstack([counted, scaled], format="csr"))

    def _learn(self, columns: csr_array, correct: NDArray[np.int64]) -> None:
        super()._learn(columns, correct)
        self.trees_ = HistGradientBoostingClassifier(
            learning_rate=0.06,
            max_iter=self.trees,
            max_leaf_nodes=16,
            min_samples_leaf=100,
            l2_regularization=10.0,
            early_stopping=False,
            random_state=self.random_state,
        ).fit(self._states(columns), correct)

    def _logit(self, columns: csr_array) -> Array:
        return self._mean(columns) / self.temperature_

    def _mean(self, columns: csr_array) -> Array:
        trees = self.trees_.decision_function(self._states(columns))
        return np.asarray((super()._logit(columns) + trees) / 2.0)

    def _states(self, columns: csr_array) -> Array:
        return np.asarray(columns[:, -len(self.middle_) :].toarray())
