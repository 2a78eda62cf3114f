"""Without signal the evaluator finds none, whereas a leaky split would report success."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from emotion.evaluation.logistic_baseline import logistic_regression, summary
from emotion.evaluation.metrics.classification import accuracy, confusions, largest_share, score
from emotion.evaluation.splits import SharedPeople, check_split, iterate_folds
from emotion.features.batch import measure_standard, standardise
from emotion.features.window import STREAMS
from emotion.labels import PAPER_1
from emotion.simulate import effects
from emotion.simulate.cohort import Plan
from emotion.training.example_table import simulate_table


@pytest.fixture(scope="module")
def no_signal():
    plan = Plan(30, effects.load().scale_effects(0), segments=(9, 9, 9, 9, 12))
    found = simulate_table([plan], PAPER_1, rng=np.random.default_rng(4))
    standards = {n: measure_standard(found.batch.values[n], found.batch.masks[n]) for n in STREAMS}
    return found, summary(standardise(found.batch, standards))


def test_without_signal_the_honest_interval_contains_the_largest_share(no_signal):
    found, columns = no_signal
    guess = np.zeros(len(found.labels), np.int64)
    for train, test in iterate_folds(found.people, 3, rng=np.random.default_rng(0)):
        proba = logistic_regression(columns[train], found.labels[train], columns[test])
        guess[test] = proba.argmax(axis=1)
    counts = confusions(found.labels, guess, found.people, len(PAPER_1))
    interval = score(accuracy, counts, rng=np.random.default_rng(0))
    share = largest_share(counts.sum(axis=0))
    # Logistic regression overfits thirty people a little: it may fall below, never above.
    assert interval.lo <= share
    assert interval.value <= share + 0.02


def test_without_signal_windows_split_at_random_would_have_looked_good(no_signal):
    """The same numbers, people on both sides: neighbours in time reveal the label."""
    found, columns = no_signal
    order = np.random.default_rng(1).permutation(len(found.labels))
    train, test = order[: len(order) * 4 // 5], order[len(order) * 4 // 5 :]
    nearest = KNeighborsClassifier(3).fit(columns[train], found.labels[train])
    leaky = np.mean(nearest.predict(columns[test]) == found.labels[test])
    share = np.bincount(found.labels).max() / len(found.labels)
    assert leaky > share + 0.05
    with pytest.raises(SharedPeople):
        check_split(found.people, train, test)
