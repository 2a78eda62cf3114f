"""Best-LR: logistic regression on item, skills, and counts of earlier answers."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array, hstack

from emotion.knowledge.logs.history_counts import (
    count_by_item,
    count_by_skill,
    count_by_user,
    one_hot,
    pair_skills,
    scatter,
)
from emotion.knowledge.logs.response_log import ResponseLog
from emotion.knowledge.tracers.logistic_regression import LogRegression


class BestLR(LogRegression):
    """Item and skills one-hot, and log(1 + n) of wins and of answers so far.

    Wins and answers are counted overall, on the item, and on each skill with its own weight.

    Parameters
    ----------
    C, max_iter
        As of `LogRegression`.

    Attributes
    ----------
    items_, skills_ : int
        The numbers known to the columns.

    References
    ----------
    T. Gervet, K. Koedinger, J. Schneider, T. Mitchell, "When is deep learning the best approach to
    knowledge tracing?", Journal of Educational Data Mining 12 (2020).
    """

    def _learn_columns(self, log: ResponseLog) -> csr_array:
        self.items_, self.skills_ = log.item_count, log.skills.shape[1]
        return self._columns(log)

    def _columns(self, log: ResponseLog) -> csr_array:
        return best_lr_columns(log, self.items_, self.skills_)


def best_lr_columns(log: ResponseLog, items: int, skills: int) -> csr_array:
    """Return (N, items + 3 skills + 4): one-hot item and skills, then counts before each answer."""
    pairs = pair_skills(log)
    of_skill, of_item, in_all = count_by_skill(log, pairs), count_by_item(log), count_by_user(log)
    dense = [in_all.wins, in_all.tries, of_item.wins, of_item.tries]
    parts = [
        one_hot(log.items, items),
        scatter(np.ones(len(pairs.rows)), pairs, log, skills),
        scatter(np.log1p(of_skill.wins), pairs, log, skills),
        scatter(np.log1p(of_skill.tries), pairs, log, skills),
        csr_array(np.log1p(np.stack(dense, axis=1))),
    ]
    return csr_array(hstack(parts, format="csr"))
