"""The soft margin, compared with a manual search and with scikit-learn's fit."""

from __future__ import annotations

from itertools import product

import numpy as np
from sklearn.svm import SVC

from emotion.baselines.svm_soft_margin import objective, slack

X = np.array([[0.0, 0.0], [1.0, 0.2], [0.3, 1.0], [2.0, 2.0], [2.5, 1.0], [0.9, 0.8]])
Y = np.array([-1.0, -1.0, -1.0, 1.0, 1.0, 1.0])


def fit_svm(C):
    machine = SVC(kernel="linear", C=C, tol=1e-8).fit(X, Y)
    return machine.coef_[0], float(machine.intercept_[0])


def test_paper_3_equation_4_gives_the_least_slack_that_keeps_every_constraint():
    normal, bias = np.array([1.0, 0.5]), -1.0
    found = slack(normal, bias, X, Y)
    margin = Y * (X @ normal + bias)
    assert (found >= 0).all()
    assert (margin >= 1 - found - 1e-12).all()
    less = np.where(found > 0, found - 1e-3, found)
    broken = (margin < 1 - less - 1e-12) | (less < 0)
    assert (broken == (found > 0)).all()
    assert (found > 0).any()
    assert (found == 0).any()


def test_paper_3_equation_3_by_hand():
    normal, x, y = np.array([3.0, 4.0]), np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([1.0, -1.0])
    # 1/2 (9 + 16); the first is on the right side by 3, the second on the wrong one by 4: slack 0
    # and 5.
    assert objective(normal, 0.0, 2.0, x, y) == 12.5 + 2.0 * 5.0


def test_no_grid_point_has_a_lower_objective_than_the_fit():
    for C in (0.1, 1.0, 10.0):
        normal, bias = fit_svm(C)
        least = objective(normal, bias, C, X, Y)
        grid = product(np.linspace(-3, 3, 25), np.linspace(-3, 3, 25), np.linspace(-6, 3, 37))
        tried = min(objective(np.array([a, b]), c, C, X, Y) for a, b, c in grid)
        assert least <= tried + 1e-9
        assert tried < 1.2 * least + 0.1
