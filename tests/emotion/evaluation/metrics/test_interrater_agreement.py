"""Agreement of raters: published examples, chance level, and undefined cases."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from emotion.evaluation.metrics.interrater_agreement import (
    MISSING,
    cohen_kappa,
    krippendorff_alpha,
    measure_agreement,
)

_ = MISSING
# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section C: four observers,
# twelve units, labels 1 to 5, gaps; alpha of nominal data = 0.743.
FOUR = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
        [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
    ]
)


def test_alpha_equals_the_published_value():
    codes = np.where(FOUR == MISSING, MISSING, FOUR - 1)
    assert krippendorff_alpha(codes) == pytest.approx(0.743, abs=0.0005)


def test_kappa_equals_that_of_another_implementation():
    rng = np.random.default_rng(1)
    one = rng.integers(4, size=200)
    other = np.where(rng.random(200) < 0.6, one, rng.integers(4, size=200))
    assert cohen_kappa(one, other) == pytest.approx(cohen_kappa_score(one, other), abs=1e-12)


def test_kappa_leaves_out_units_with_one_rating():
    one, other = np.array([0, 1, 1, MISSING]), np.array([0, 1, 0, 1])
    assert cohen_kappa(one, other) == pytest.approx(cohen_kappa_score([0, 1, 1], [0, 1, 0]))


def test_random_raters_agree_only_by_chance():
    rng = np.random.default_rng(2)
    ratings = rng.integers(5, size=(3, 3000))
    assert abs(krippendorff_alpha(ratings)) < 0.03


@pytest.mark.parametrize(
    "ratings",
    [np.zeros((2, 8), int), np.full((2, 8), MISSING), np.zeros((2, 0), int)],
    ids=["one label alone", "nobody rated", "no moments"],
)
def test_undefined_agreement_is_none(ratings):
    found = measure_agreement(
        ratings, np.zeros(ratings.shape[1], int), rng=np.random.default_rng(0)
    )
    assert found.value is None
    assert found.low is None


def test_moments_of_one_person_are_not_independent():
    """The same labels, repeated ten times by the same people, give no narrower interval."""
    rng = np.random.default_rng(3)
    one = rng.integers(3, size=20)
    other = np.where(rng.random(20) < 0.7, one, rng.integers(3, size=20))
    ratings, people = np.stack([one, other]), np.arange(20)
    once = measure_agreement(ratings, people, rng=np.random.default_rng(4))
    often = measure_agreement(
        np.tile(ratings, 10), np.tile(people, 10), rng=np.random.default_rng(4)
    )
    assert often.n == 10 * once.n
    assert often.high - often.low == pytest.approx(once.high - once.low, abs=1e-9)


def test_few_people_give_no_interval():
    ratings = np.array([[0, 1, 0, 1], [0, 1, 1, 1]])
    found = measure_agreement(ratings, np.array([0, 0, 1, 1]), rng=np.random.default_rng(0))
    assert found.value is not None
    assert (found.low, found.high) == (None, None)


def test_a_single_rater_has_no_agreement():
    with pytest.raises(ValueError, match="raters >= 2"):
        measure_agreement(np.zeros((1, 3), int), np.zeros(3, int), rng=np.random.default_rng(0))
