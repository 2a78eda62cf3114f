"""Performance factors analysis: logistic regression on wins and answers of each skill so far."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array, hstack

from emotion.knowledge.logs.history_counts import count_by_skill, pair_skills, scatter
from emotion.knowledge.logs.response_log import ResponseLog
from emotion.knowledge.tracers.logistic_regression import LogRegression


class PFA(LogRegression):
    """Skills one-hot, and log(1 + n) of wins and of answers on each.

    Parameters
    ----------
    C, max_iter
        As of `LogRegression`.

    Attributes
    ----------
    skills_ : int

    References
    ----------
    P. Pavlik, H. Cen, K. Koedinger, "Performance factors analysis: a new alternative to knowledge
    tracing", AIED (2009); log(1 + n) as in the reference of `best_lr`.
    """

    def _learn_columns(self, log: ResponseLog) -> csr_array:
        self.skills_ = log.skills.shape[1]
        return self._columns(log)

    def _columns(self, log: ResponseLog) -> csr_array:
        pairs = pair_skills(log)
        counted = count_by_skill(log, pairs)
        parts = [
            scatter(np.ones(len(pairs.rows)), pairs, log, self.skills_),
            scatter(np.log1p(counted.wins), pairs, log, self.skills_),
            scatter(np.log1p(counted.tries), pairs, log, self.skills_),
        ]
        return csr_array(hstack(parts, format="csr"))
