"""Tuning uses only the training part, splits by people, and keeps every cell."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from emotion.evaluation.grid_search import search_grid
from tests.fixtures.emotion.studies import make_study


class Cell(ClassifierMixin, BaseEstimator):
    """Right on a share of the rows that its cell decides; records the people it saw."""

    met: list = []  # shared on purpose

    def __init__(self, right):
        self.right = right

    def fit(self, x, y):
        Cell.met.append(set(x[:, 0, 0].tolist()))
        return self

    def predict(self, x):
        assert not Cell.met[-1] & set(x[:, 0, 0].tolist())
        labels = x[:, 0, 1].astype(int)
        wrong = np.arange(len(x)) % 10 >= 10 * self.right
        return np.where(wrong, (labels + 1) % 3, labels)


def test_the_best_cell_is_found_and_inner_splits_share_no_person():
    study = make_study()
    study.x[:, 0, 0], study.x[:, 0, 1] = study.people, study.labels
    found = search_grid(
        study, lambda r, c: Cell(r * c), (0.5, 1.0), (0.4, 0.9, 0.6), rng=np.random.default_rng(0)
    )
    assert found.values.shape == (2, 3)
    assert found.best == (1.0, 0.9)
    assert found.values[1, 1] == found.values.max() > 0.8
    assert found.values[0, 0] < 0.3
