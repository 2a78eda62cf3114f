"""The deletion area by hand, and Shapley values compared with brute force over orders."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from emotion.evaluation.deletion_metric import deletion_area, evaluate_subsets, shapley
from emotion.evaluation.robustness import subsets

NAMES = ("a", "b", "c")


def draw_probabilities(rows=20, seed=0):
    rng = np.random.default_rng(seed)
    raw = rng.random((8, rows, 2)) + 0.05
    return raw / raw.sum(axis=2, keepdims=True), rng.integers(0, 2, rows)


def test_shapley_is_the_mean_gain_over_all_orders():
    proba, labels = draw_probabilities()
    found = evaluate_subsets(proba, labels, subsets(NAMES))
    wanted = np.zeros((20, 3))
    for order in permutations(range(3)):
        shown = frozenset()
        for place in order:
            more = shown | {NAMES[place]}
            wanted[:, place] += (found[more] - found[shown]) / 6
            shown = more
    np.testing.assert_allclose(shapley(found, NAMES), wanted, atol=1e-12)


def test_the_area_is_the_mean_share_left_after_each_deletion():
    found = {frozenset(c): np.array([0.5]) for c in subsets(NAMES)}
    found[frozenset("abc")] = np.array([0.8])
    found[frozenset("bc")] = np.array([0.4])  # after a
    found[frozenset("c")] = np.array([0.2])  # after b too
    found[frozenset()] = np.array([0.1])
    left = deletion_area(found, np.array([[3.0, 2.0, 1.0]]), NAMES, np.ones((1, 3), bool))
    assert left[0] == pytest.approx((0.4 + 0.2 + 0.1) / 3 / 0.8)


def test_missing_modalities_are_not_deleted():
    found = {frozenset(c): np.array([0.5]) for c in subsets(NAMES)}
    found[frozenset("abc")] = np.array([0.8])
    found[frozenset("bc")] = np.array([0.4])
    found[frozenset("b")] = np.array([0.2])
    came = np.array([[True, False, True]])
    left = deletion_area(found, np.array([[3.0, 9.0, 1.0]]), NAMES, came)
    assert left[0] == pytest.approx((0.4 + 0.2) / 2 / 0.8)


def test_deletion_by_importance_leaves_less_than_random_deletion():
    """Only one modality determines the prediction."""
    found = {frozenset(c): np.full(200, 0.9 if "b" in c else 0.3) for c in subsets(NAMES)}
    everything = np.ones((200, 3), bool)
    rng = np.random.default_rng(0)
    true = deletion_area(found, shapley(found, NAMES), NAMES, everything).mean()
    random = deletion_area(found, rng.random((200, 3)), NAMES, everything).mean()
    assert true == pytest.approx(1 / 3)
    assert random > true + 0.1
