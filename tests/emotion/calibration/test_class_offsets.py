"""Calibration undoes the effect of training on the probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.calibration import class_offsets
from emotion.calibration.temperature import calibration_error, softmax


def draw_logits(rows=3000, seed=0):
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1.5, (rows, 3)) + np.array([1.5, 0.0, -1.5])
    proba = softmax(logits)
    labels = (rng.random((rows, 1)) > proba.cumsum(axis=1)).sum(axis=1)
    return logits, labels


def test_a_planted_temperature_and_offsets_are_found():
    logits, labels = draw_logits()
    # overconfident, and all in the same direction
    spoilt = softmax(2.0 * (logits - np.array([1.5, 0.0, -1.5])))
    found = class_offsets.fit(spoilt[:1500], labels[:1500])
    assert found.temperature == pytest.approx(2.0, rel=0.15)
    assert found.offsets[0] - found.offsets[2] == pytest.approx(3.0, abs=0.4)
    after = calibration_error(found.apply(spoilt[1500:]), labels[1500:])
    assert after < 0.05 < calibration_error(spoilt[1500:], labels[1500:])


def test_calibrated_probabilities_stay_unchanged():
    logits, labels = draw_logits()
    found = class_offsets.fit(softmax(logits), labels)
    assert found.temperature == pytest.approx(1.0, abs=0.1)
    np.testing.assert_allclose(found.apply(softmax(logits)), softmax(logits), atol=0.05)


def test_rows_sum_to_one_even_if_a_model_was_certain():
    found = class_offsets.Scaling(0.5, np.array([0.1, -0.1])).apply(np.array([[1.0, 0.0]]))
    assert found.sum() == pytest.approx(1.0)
    assert np.isfinite(found).all()
