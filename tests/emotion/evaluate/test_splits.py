"""The unit of every split is the person."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.evaluate.splits import SharedPeople, checked, folds, refuse_shared_people


def test_a_random_split_of_windows_is_refused():
    people = np.repeat(np.arange(10), 20)
    order = np.random.default_rng(0).permutation(200)
    with pytest.raises(SharedPeople, match="expected people on one side only"):
        checked(people, order[:160], order[160:])


def test_sides_of_different_people_pass():
    refuse_shared_people(np.array([1, 1, 2]), np.array([3]), np.array([4, 5]))


def test_the_third_side_is_checked_against_each_other():
    with pytest.raises(SharedPeople, match=r"\[1\]"):
        refuse_shared_people(np.array([1, 2]), np.array([3]), np.array([1]))


@given(st.lists(st.integers(0, 12), min_size=30, max_size=80), st.integers(2, 4))
def test_every_person_is_tested_once_and_never_trained_on_then(people, count):
    people = np.array(people)
    if len(np.unique(people)) < count:
        return
    tested = []
    for train, test in folds(people, count, rng=np.random.default_rng(1)):
        assert not set(people[train]) & set(people[test])
        assert sorted([*train, *test]) == list(range(len(people)))
        tested += sorted(set(people[test]))
    assert sorted(tested) == sorted(set(people))


def test_more_folds_than_people_are_refused():
    with pytest.raises(ValueError, match="expected 2 to 3 folds"):
        list(folds(np.array([1, 2, 3]), 4, rng=np.random.default_rng(0)))
