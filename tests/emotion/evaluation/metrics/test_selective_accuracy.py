"""Accuracy among the answered predictions, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.evaluation.metrics.selective_accuracy import (
    accuracy_at,
    risk_coverage,
    risk_coverage_area,
)

# In order of confidence: right, right, wrong, right, wrong.
PROBA = np.array([[0.95, 0.05], [0.1, 0.9], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])
LABELS = np.array([0, 1, 1, 1, 1])


def test_the_most_confident_are_answered_first():
    share, wrong = risk_coverage(PROBA[[3, 0, 4, 2, 1]], LABELS[[3, 0, 4, 2, 1]])
    assert share.tolist() == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert wrong.tolist() == pytest.approx([0, 0, 1 / 3, 1 / 4, 2 / 5])
    assert risk_coverage_area(PROBA, LABELS) == pytest.approx(wrong.mean())


def test_accuracy_at_a_coverage():
    assert accuracy_at(PROBA, LABELS, 0.4) == 1.0
    assert accuracy_at(PROBA, LABELS, 1.0) == pytest.approx(0.6)


def test_a_coverage_of_zero_is_refused():
    with pytest.raises(ValueError, match="expected a coverage"):
        accuracy_at(PROBA, LABELS, 0.0)
