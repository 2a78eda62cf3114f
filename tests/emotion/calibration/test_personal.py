"""One learner's own calibration: none without reports, little with few, and it is correct."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.calibration.personal import fit_personal
from emotion.calibration.temperature import log_loss


def draw_predictions(count, tilt=(0.0, 0.0, 0.0, 0.0)):
    """Return labels drawn from the truth, and predictions shifted by a personal bias."""
    rng = np.random.default_rng(4)
    logits = rng.normal(0, 1, (count, 4))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([rng.choice(4, p=row) for row in true])
    seen = true * np.exp(np.array(tilt))
    return seen / seen.sum(axis=1, keepdims=True), labels


def test_without_a_report_nothing_changes():
    proba, _ = draw_predictions(5)
    found = fit_personal(np.zeros((0, 4)), np.zeros(0, np.int64), np.zeros((0, 4)))
    np.testing.assert_allclose(found.apply(proba, draw_predictions(5)[0]), proba)
    assert (found.agreed, found.reports, found.camera) == (0, 0, 1.0)


def test_it_returns_the_rate_of_agreement():
    proba = np.eye(4)[[0, 1, 2, 3, 0]] * 0.7 + 0.1
    found = fit_personal(proba / proba.sum(axis=1, keepdims=True), np.array([0, 1, 2, 0, 1]))
    assert (found.agreed, found.reports) == (3, 5)


def test_a_personal_bias_is_corrected_more_with_more_reports():
    proba, labels = draw_predictions(400, tilt=(0.0, 1.2, 0.0, -1.2))
    test, truth = proba[200:], labels[200:]
    losses = [
        log_loss(fit_personal(proba[:n], labels[:n]).apply(test), truth) for n in (0, 8, 40, 200)
    ]
    assert losses[0] > losses[1] > losses[2] > losses[3]


def test_ten_reports_of_one_label_do_not_suppress_the_others():
    """Shrunk: the group still has as much weight as these ten reports."""
    proba, labels = draw_predictions(1)[0].repeat(10, axis=0), np.full(10, 2)
    free, held = (fit_personal(proba, labels, strength=s).apply(proba)[0] for s in (0.01, 10.0))
    assert free[2] > 0.99
    assert proba[0, 2] < held[2] < 0.9


@pytest.mark.parametrize(("right", "most"), [(True, 1.0), (False, 0.6)])
def test_the_camera_counts_less_once_it_contradicts_reports(right, most):
    labels = np.random.default_rng(4).integers(0, 4, 20)
    shown = labels if right else (labels + 1) % 4
    camera = np.full((20, 4), 0.05) + 0.8 * np.eye(4)[shown]
    found = fit_personal(camera, labels, np.full((20, 4), 0.25))
    assert 0 < found.camera <= most
    if right:
        assert found.camera > 0.95


def test_each_contradiction_reduces_its_weight():
    labels = np.zeros(12, np.int64)
    camera = np.full((12, 4), 0.05) + 0.8 * np.eye(4)[labels + 1]
    bare = np.full((12, 4), 0.25)
    weights = [fit_personal(camera[:n], labels[:n], bare[:n]).camera for n in range(0, 12, 3)]
    assert weights == sorted(weights, reverse=True)
    assert len(set(weights)) == len(weights)


def test_rows_sum_to_one():
    proba, labels = draw_predictions(30)
    np.testing.assert_allclose(fit_personal(proba, labels).apply(proba).sum(axis=1), 1)
