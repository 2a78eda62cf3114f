"""Prediction sets contain each label as often as promised, including rare and hard ones."""

from __future__ import annotations

import numpy as np

from emotion.calibration.conformal import coverage, cross_predict_sets, predict_sets, quantiles
from emotion.calibration.temperature import softmax


def answers(seed, rows=4000):
    """Return predictions with a rare third class to which a model hardly gives any probability."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(3, rows, p=[0.6, 0.3, 0.1])
    logits = rng.normal(0, 1, (rows, 3)) + 1.5 * np.eye(3)[labels] * np.array([1.0, 1.0, 0.3])
    return softmax(logits + np.array([1.0, 0.0, -1.5])), labels


def test_every_class_is_covered_nine_times_in_ten_on_other_people():
    allowed = quantiles(*answers(0))
    proba, labels = answers(1)
    held = coverage(predict_sets(proba, allowed), labels)
    assert np.all(np.abs(held - 0.9) < 0.05)


def test_a_single_quantile_would_miss_the_rare_class():
    proba, labels = answers(0)
    marginal = np.quantile(1 - proba[np.arange(len(labels)), labels], 0.9)
    held = coverage(predict_sets(proba, np.full(3, marginal)), labels)
    assert held[2] < 0.75


def test_a_class_with_too_few_rows_is_in_every_set():
    proba, labels = answers(0)
    few = np.concatenate([np.flatnonzero(labels == 2)[:5], np.flatnonzero(labels != 2)])
    allowed = quantiles(proba[few], labels[few])
    assert np.isinf(allowed[2])
    assert predict_sets(proba, allowed)[:, 2].all()


def test_no_set_is_empty():
    proba, _ = answers(0, rows=50)
    inside = predict_sets(proba, np.full(3, -1.0))
    assert inside.sum(axis=1).tolist() == [1] * 50
    assert (inside.argmax(axis=1) == proba.argmax(axis=1)).all()


def test_a_fold_is_calibrated_on_the_others_only():
    proba, labels = answers(0, rows=900)
    parts = np.arange(900) % 3
    found = cross_predict_sets(proba, labels, parts)
    changed = labels.copy()
    changed[parts == 1] = 0  # the tested fold's own labels are not read
    np.testing.assert_array_equal(
        cross_predict_sets(proba, changed, parts)[parts == 1], found[parts == 1]
    )
    assert (cross_predict_sets(proba, changed, parts)[parts != 1] != found[parts != 1]).any()


def test_an_absent_class_has_no_coverage():
    held = coverage(np.ones((3, 2), bool), np.zeros(3, np.int64))
    assert held[0] == 1.0
    assert np.isnan(held[1])
