"""One learner's own calibration: nothing without reports, little with few, and it is right."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.calibration.personal import fit_personal
from emotion.calibration.temperature import log_loss


def guesses(count, tilt=(0.0, 0.0, 0.0, 0.0)):
    """Labels drawn from what is true, and guesses that are tilted by a person's own leaning."""
    rng = np.random.default_rng(4)
    logits = rng.normal(0, 1, (count, 4))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([rng.choice(4, p=row) for row in true])
    seen = true * np.exp(np.array(tilt))
    return seen / seen.sum(axis=1, keepdims=True), labels


def test_without_a_report_nothing_changes():
    proba, _ = guesses(5)
    found = fit_personal(np.zeros((0, 4)), np.zeros(0, np.int64), np.zeros((0, 4)))
    np.testing.assert_allclose(found.apply(proba, guesses(5)[0]), proba)
    assert (found.agreed, found.reports, found.camera) == (0, 0, 1.0)


def test_it_says_how_often_both_agreed():
    proba = np.eye(4)[[0, 1, 2, 3, 0]] * 0.7 + 0.1
    found = fit_personal(proba / proba.sum(axis=1, keepdims=True), np.array([0, 1, 2, 0, 1]))
    assert (found.agreed, found.reports) == (3, 5)


def test_a_learner_who_leans_is_met_the_more_the_more_they_say():
    proba, labels = guesses(400, tilt=(0.0, 1.2, 0.0, -1.2))
    test, truth = proba[200:], labels[200:]
    losses = [
        log_loss(fit_personal(proba[:n], labels[:n]).apply(test), truth) for n in (0, 8, 40, 200)
    ]
    assert losses[0] > losses[1] > losses[2] > losses[3]


def test_ten_reports_of_one_thing_alone_do_not_silence_the_others():
    """Shrunk: the group still counts for as much as these ten."""
    proba, labels = guesses(1)[0].repeat(10, axis=0), np.full(10, 2)
    free, held = (fit_personal(proba, labels, strength=s).apply(proba)[0] for s in (0.01, 10.0))
    assert free[2] > 0.99
    assert proba[0, 2] < held[2] < 0.9


@pytest.mark.parametrize(("right", "most"), [(True, 1.0), (False, 0.6)])
def test_the_camera_counts_less_once_it_contradicts_what_is_said(right, most):
    labels = np.random.default_rng(4).integers(0, 4, 20)
    shown = labels if right else (labels + 1) % 4
    camera = np.full((20, 4), 0.05) + 0.8 * np.eye(4)[shown]
    found = fit_personal(camera, labels, np.full((20, 4), 0.25))
    assert 0 < found.camera <= most
    if right:
        assert found.camera > 0.95


def test_each_contradiction_takes_some_of_it():
    labels = np.zeros(12, np.int64)
    camera = np.full((12, 4), 0.05) + 0.8 * np.eye(4)[labels + 1]
    bare = np.full((12, 4), 0.25)
    weights = [fit_personal(camera[:n], labels[:n], bare[:n]).camera for n in range(0, 12, 3)]
    assert weights == sorted(weights, reverse=True)
    assert len(set(weights)) == len(weights)


def test_rows_sum_to_one():
    proba, labels = guesses(30)
    np.testing.assert_allclose(fit_personal(proba, labels).apply(proba).sum(axis=1), 1)
