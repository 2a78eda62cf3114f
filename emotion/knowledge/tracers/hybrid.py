"""Best-LR's columns, Elo states and recent answers in a line and in trees: the nightly model."""

from __future__ import annotations

from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack
from sklearn.ensemble import HistGradientBoostingClassifier

from emotion.calibration.temperature import fit_temperature
from emotion.evaluation.splits import iterate_folds
from emotion.knowledge.logs.recency import recent
from emotion.knowledge.logs.response_log import Responses
from emotion.knowledge.tracers.best_lr import best_lr_columns
from emotion.knowledge.tracers.elo_states import EloStates, of_others
from emotion.knowledge.tracers.logistic_regression import LogRegression

Array = NDArray[np.float64]


# One learner in so many tells, before the last fit, how sure the mean should be.
PARTS: Final = 5


class Hybrid(LogRegression):
    """Two readers of the same states, whose logits are averaged.

    Logistic regression reads Best-LR's columns, `EloStates` and `recent` answers; boosted trees
    read the latter two, whose effects on each other a line cannot see. The states it learns from
    are those of difficulties that other learners gave, as they will be for a learner it has not
    met.

    Parameters
    ----------
    C, max_iter
        As of `LogRegression`.
    trees : int
        How many.
    random_state : int
        Who falls into which of the parts that difficulties are learned without.

    Attributes
    ----------
    states_ : EloStates
    temperature_ : float
        What the mean of the logits is divided by.
    trees_ : HistGradientBoostingClassifier
    middle_, spread_ : (E,)
        Of the states learned from.
    items_, skills_ : int
    """

    def __init__(
        self, C: float = 1.0, max_iter: int = 1000, trees: int = 150, random_state: int = 0
    ) -> None:
        super().__init__(C, max_iter)
        self.trees = trees
        self.random_state = random_state

    def fit(self, log: Responses) -> Self:
        """Learn from other learners' logs; the answers stand in the log."""
        rng = np.random.default_rng(self.random_state)
        count = min(PARTS, len(np.unique(log.users)))
        taught, aside = (
            log.take(rows) for rows in next(iter(iterate_folds(log.users, count, rng=rng)))
        )
        self._learn(self._learn_columns(taught), taught.correct)
        logits = self._mean(self._columns(aside))
        # Two readers that err apart are, on average, less sure than they should be.
        both = np.stack([np.zeros(len(logits)), logits], axis=1)
        self.temperature_ = fit_temperature(both, aside.correct)
        super().fit(log)
        return self

    def _learn_columns(self, log: Responses) -> csr_array:
        self.items_, self.skills_ = log.item_count, log.skills.shape[1]
        states = of_others(log, rng=np.random.default_rng(self.random_state))
        states = np.concatenate([states, recent(log)], axis=1)
        self.states_ = EloStates().fit(log)
        self.middle_, self.spread_ = states.mean(axis=0), states.std(axis=0) + 1e-6
        return self._beside(log, states)

    def _columns(self, log: Responses) -> csr_array:
        return self._beside(log, np.concatenate([self.states_.transform(log), recent(log)], axis=1))

    def _beside(self, log: Responses, states: Array) -> csr_array:
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
