"""Concordance and distance on a scale."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.evaluation.metrics.regression import ccc, rmse, sum_by_person

PEOPLE = np.array([1, 1, 2, 2])
TOLD = np.array([1.0, 2.0, 3.0, 4.0])


@pytest.mark.parametrize(
    ("said", "concordance", "distance"),
    [
        (TOLD, 1.0, 0.0),
        (TOLD + 1, 2 * 1.25 / (1.25 + 1.25 + 1), 1.0),
        (TOLD[::-1].copy(), -1.0, np.sqrt(5.0)),
        (np.full(4, 2.5), 0.0, np.sqrt(1.25)),
    ],
)
def test_equal_numbers_agree_and_a_constant_never_does(said, concordance, distance):
    found = sum_by_person(TOLD, said, PEOPLE)
    assert found.shape == (2, 6)
    assert ccc(found.sum(axis=0)) == pytest.approx(concordance)
    assert rmse(found.sum(axis=0)) == pytest.approx(distance)
