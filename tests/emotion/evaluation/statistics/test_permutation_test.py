"""Chance is distinguished from signal; labels are permuted only within a person's video."""

from __future__ import annotations

import numpy as np

from emotion.evaluation.splits import split_by_people
from emotion.evaluation.statistics.permutation_test import p_value, shuffle_labels
from tests.fixtures.emotion.studies import make_study


def compute_p(signal, seed):
    study = make_study(people=8, signal=signal, seed=seed)
    parts = split_by_people(study, 4, rng=np.random.default_rng(seed))
    columns = study.x.mean(axis=1).astype(np.float64)
    return p_value(study, columns, parts, rng=np.random.default_rng(seed), refits=39)


def test_labels_are_permuted_only_within_a_persons_video():
    study = make_study(each=10)
    found = shuffle_labels(study, np.random.default_rng(0))
    assert (found != study.labels).any()
    for person in range(6):
        for video in range(3):
            rows = (study.people == person) & (study.videos == video)
            assert sorted(found[rows]) == sorted(study.labels[rows])


def test_a_signal_is_found():
    f1, p = compute_p(1.5, 0)
    assert f1 > 0.45  # a third of the labels each
    assert p == 1 / 40


def test_without_signal_p_is_uniform():
    found = [compute_p(0.0, seed)[1] for seed in range(12)]
    assert np.mean(found) > 0.3
    assert min(found) > 1 / 40 or sum(p <= 0.05 for p in found) <= 2


def test_missing_values_are_accepted():
    study = make_study(people=8, signal=1.5)
    columns = study.x.mean(axis=1).astype(np.float64)
    columns[::3, 1] = np.nan
    parts = split_by_people(study, 4, rng=np.random.default_rng(0))
    assert p_value(study, columns, parts, rng=np.random.default_rng(0), refits=9)[0] > 0.45
