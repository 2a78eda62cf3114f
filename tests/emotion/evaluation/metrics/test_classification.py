"""Scores agree with scikit-learn; intervals are over people."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from emotion.evaluation.metrics.classification import (
    accuracy,
    balanced_accuracy,
    confusions,
    f1_of_occurring_classes,
    largest_share,
    macro_f1,
    score,
    score_gain,
    score_per_person,
    weighted_f1,
)


def draw_predictions(seed, rows=200, people=20):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, rows)
    guess = np.where(rng.random(rows) < 0.5, truth, rng.integers(0, 4, rows))
    return truth, guess, rng.integers(0, people, rows)


@given(st.integers(0, 10_000))
def test_figures_equal_those_of_scikit_learn(seed):
    truth, guess, people = draw_predictions(seed)
    total = confusions(truth, guess, people, 4).sum(axis=0)
    assert accuracy(total) == pytest.approx(accuracy_score(truth, guess))
    assert macro_f1(total) == pytest.approx(f1_score(truth, guess, average="macro"))
    assert weighted_f1(total) == pytest.approx(f1_score(truth, guess, average="weighted"))
    assert balanced_accuracy(total) == pytest.approx(balanced_accuracy_score(truth, guess))
    assert largest_share(total) == pytest.approx(np.bincount(truth).max() / len(truth))


def test_an_interval_contains_its_figure():
    counts = confusions(*draw_predictions(1), 4)
    found = score(macro_f1, counts, rng=np.random.default_rng(0))
    assert found.lo < found.value < found.hi


def test_people_and_not_windows_are_resampled():
    """Two people, one always right and one always wrong: Windows would give a narrow interval."""
    people = np.repeat([0, 1], 500)
    truth = np.zeros(1000, np.int64)
    guess = people.copy()
    found = score(accuracy, confusions(truth, guess, people, 4), rng=np.random.default_rng(0))
    assert (found.lo, found.value, found.hi) == (0.0, 0.5, 1.0)


def test_equal_predictions_have_no_gain_in_any_draw():
    counts = confusions(*draw_predictions(2), 4)
    found = score_gain(macro_f1, counts, counts, rng=np.random.default_rng(0))
    assert (found.lo, found.value, found.hi) == (0.0, 0.0, 0.0)


def test_a_gain_compares_predictions_for_the_same_people():
    with pytest.raises(ValueError, match="same people"):
        score_gain(accuracy, np.ones((3, 4, 4)), np.ones((2, 4, 4)), rng=np.random.default_rng(0))


def test_a_person_without_a_class_is_not_penalised_for_it():
    always = confusions(np.zeros(9, int), np.zeros(9, int), np.zeros(9, int), 4)
    assert f1_of_occurring_classes(always).tolist() == [1.0]
    assert macro_f1(always).tolist() == [0.25]
    assert balanced_accuracy(always).tolist() == [1.0]


def test_a_mean_over_people_weights_them_equally():
    """One person with 90 Windows always right, one with 10 always wrong: the mean is one half."""
    people = np.repeat([0, 1], [90, 10])
    truth = np.zeros(100, np.int64)
    found = score_per_person(
        accuracy, confusions(truth, people, people, 2), rng=np.random.default_rng(0)
    )
    assert (found.lo, found.value, found.hi) == (0.0, 0.5, 1.0)
