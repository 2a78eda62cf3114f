"""Temperature, calibration error and the abstention threshold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.calibration.temperature import (
    abstain_below,
    calibration_error,
    fit_temperature,
    log_loss,
    softmax,
)


def draw_logits(seed, heat, rows=4000):
    """Return logits that are `heat` times too large for the labels drawn from them."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1.5, (rows, 4))
    proba = softmax(logits)
    labels = (rng.random((rows, 1)) > proba.cumsum(axis=1)).sum(axis=1)
    return logits * heat, labels


@given(st.floats(0.1, 10), st.integers(0, 100))
def test_probabilities_sum_to_one_and_keep_the_order(heat, seed):
    logits = np.random.default_rng(seed).normal(0, 50, (20, 4))
    proba = softmax(logits, heat)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_array_equal(proba.argmax(axis=1), logits.argmax(axis=1))


@pytest.mark.parametrize("heat", [0.5, 1.0, 2.5])
def test_a_planted_temperature_is_found(heat):
    assert fit_temperature(*draw_logits(1, heat)) == pytest.approx(heat, rel=0.08)


def test_cooling_overconfident_logits_lowers_loss_and_calibration_error():
    logits, labels = draw_logits(2, 3.0)
    hot, cooled = softmax(logits), softmax(logits, fit_temperature(logits, labels))
    assert log_loss(cooled, labels) < log_loss(hot, labels)
    assert calibration_error(cooled, labels) < 0.03 < calibration_error(hot, labels)


def test_calibration_error_is_the_gap_between_confidence_and_accuracy():
    proba = np.tile([0.8, 0.2], (10, 1))
    labels = np.array([0] * 5 + [1] * 5)
    assert calibration_error(proba, labels) == pytest.approx(0.3)


@given(st.sampled_from([0.3, 0.5, 0.8, 1.0]))
def test_the_threshold_answers_the_requested_share(coverage):
    proba = softmax(draw_logits(3, 1.0, rows=1000)[0])
    answered = np.mean(proba.max(axis=1) >= abstain_below(proba, coverage))
    assert answered == pytest.approx(coverage, abs=0.005)


def test_a_coverage_of_zero_is_refused():
    with pytest.raises(ValueError, match="got 0"):
        abstain_below(np.ones((2, 1)), 0)
