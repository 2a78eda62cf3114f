"""Ranking figures agree with scikit-learn, including ties and weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from emotion.calibration.temperature import calibration_error
from emotion.evaluation.metrics.probability import (
    auprc,
    auroc,
    auroc_of_draws,
    brier,
    event_calibration_error,
    expected_calibration_error,
    reliability,
    score_ranking,
)


def draw_predictions(seed, rows=200, people=10, digits=1):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, rows)
    raw = rng.random((rows, 3)) + np.eye(3)[labels] * rng.random()
    proba = np.round(raw / raw.sum(axis=1, keepdims=True), digits)  # many ties
    return proba, labels, rng.integers(0, people, rows)


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_each_class_agrees_with_scikit_learn_ties_included(seed):
    proba, labels, people = draw_predictions(seed)
    for ours, theirs in ((auroc, roc_auc_score), (auprc, average_precision_score)):
        mean, each = score_ranking(
            ours, proba, labels, people, rng=np.random.default_rng(0), draws=5
        )
        wanted = [theirs(labels == k, proba[:, k]) for k in range(3)]
        assert [one.value for one in each] == pytest.approx(wanted)
        assert mean.value == pytest.approx(np.mean(wanted))


def test_intervals_are_over_people():
    """If all people are alike the interval is narrow, however few Windows each person has."""
    proba, labels, _ = draw_predictions(1, rows=400, digits=6)
    alike, odd = np.arange(400) % 40, np.repeat([0, 1], 200)
    # the second person's probabilities are wrong throughout
    proba[200:] = np.roll(proba[200:], 1, axis=1)
    wide = score_ranking(auroc, proba, labels, odd, rng=np.random.default_rng(0))[0]
    narrow = score_ranking(auroc, proba, labels, alike, rng=np.random.default_rng(0))[0]
    assert wide.hi - wide.lo > 3 * (narrow.hi - narrow.lo)
    assert narrow.lo < narrow.value < narrow.hi


def test_brier_is_the_mean_squared_distance_from_the_truth():
    proba = np.array([[1.0, 0.0], [0.5, 0.5]])
    found = brier(proba, np.array([0, 1]), np.array([0, 1]), rng=np.random.default_rng(0))
    assert found.value == pytest.approx((0 + 0.5) / 2)
    assert (found.lo, found.hi) == pytest.approx((0.0, 0.5))


def test_the_calibration_error_equals_that_of_the_cards():
    proba, labels, people = draw_predictions(3, digits=6)
    found = expected_calibration_error(proba, labels, people, rng=np.random.default_rng(0))
    assert found.value == pytest.approx(calibration_error(proba, labels))


def test_the_calibration_curve_adds_up_to_the_error():
    proba, labels, _ = draw_predictions(4, digits=6)
    bins = reliability(proba, labels)
    assert sum(rows for _, _, rows in bins) == len(labels)
    gaps = sum(rows * abs(said - right) for said, right, rows in bins) / len(labels)
    assert gaps == pytest.approx(calibration_error(proba, labels))


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_areas_of_resampled_people_equal_those_of_repeated_rows(seed):
    rng = np.random.default_rng(seed)
    people, scores = rng.integers(0, 5, 60), rng.integers(0, 8, 60) / 8  # with ties
    inside = np.arange(60) % 2 == 0
    _, who = np.unique(people, return_inverse=True)
    draws = rng.integers(1, 4, (3, int(who.max()) + 1)).astype(float)
    found = auroc_of_draws(scores, inside, people, draws)
    for area, weights in zip(found, draws, strict=True):
        rows = np.repeat(np.arange(60), weights[who].astype(int))
        assert area == pytest.approx(roc_auc_score(inside[rows], scores[rows]))


def test_errors_of_small_and_large_probabilities_do_not_cancel():
    chance = np.repeat([0.1, 0.9], 300)
    inside = np.concatenate([np.arange(300) % 10 < 3, np.arange(300) % 10 >= 3])
    people = np.arange(600) % 20
    found = event_calibration_error(chance, inside, people, rng=np.random.default_rng(0))
    assert found.value == pytest.approx(0.2)
    even = np.concatenate([np.arange(300) % 10 < 1, np.arange(300) % 10 < 9])
    assert event_calibration_error(chance, even, people, rng=np.random.default_rng(0)).value < 1e-12
    # Underconfident at one end and equally overconfident at the other: the plain error would be 0.
    up = np.concatenate([np.arange(300) % 10 < 2, np.arange(300) % 10 < 10])
    assert event_calibration_error(chance, up, people, rng=np.random.default_rng(0)).value > 0.09
    both = np.stack([1 - chance, chance], axis=1)
    assert calibration_error(both, up.astype(np.int64)) < 1e-12
