"""The unit of every split is the person."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.evaluation.splits import (
    SharedPeople,
    SharedVideos,
    TooNear,
    check_split,
    digest,
    drop_near,
    iterate_folds,
    refuse_near,
    refuse_shared_people,
    refuse_shared_videos,
    split_by_both,
    split_by_people,
    split_by_video,
)
from tests.fixtures.emotion.studies import make_study


def test_a_random_split_of_windows_is_refused():
    people = np.repeat(np.arange(10), 20)
    order = np.random.default_rng(0).permutation(200)
    with pytest.raises(SharedPeople, match="expected people on one side only"):
        check_split(people, order[:160], order[160:])


def test_sides_with_different_people_are_accepted():
    refuse_shared_people(np.array([1, 1, 2]), np.array([3]), np.array([4, 5]))


def test_all_three_sides_are_compared():
    with pytest.raises(SharedPeople, match=r"\[1\]"):
        refuse_shared_people(np.array([1, 2]), np.array([3]), np.array([1]))


@given(st.lists(st.integers(0, 12), min_size=30, max_size=80), st.integers(2, 4))
def test_every_person_is_tested_once_and_not_trained_on_in_that_fold(people, count):
    people = np.array(people)
    if len(np.unique(people)) < count:
        return
    tested = []
    for train, test in iterate_folds(people, count, rng=np.random.default_rng(1)):
        assert not set(people[train]) & set(people[test])
        assert sorted([*train, *test]) == list(range(len(people)))
        tested += sorted(set(people[test]))
    assert sorted(tested) == sorted(set(people))


def test_more_folds_than_people_are_refused():
    with pytest.raises(ValueError, match="expected 2 to 3 folds"):
        list(iterate_folds(np.array([1, 2, 3]), 4, rng=np.random.default_rng(0)))


def test_folds_by_people_share_no_person_and_have_a_digest_of_test_rows():
    study = make_study()
    found = split_by_people(study, 3, rng=np.random.default_rng(0))
    tested = np.concatenate([fold.test for fold in found])
    assert sorted(tested.tolist()) == list(range(len(study)))
    for fold in found:
        refuse_shared_people(study.people[fold.train], study.people[fold.test])
        assert fold.digest == digest(study, fold.test)
    assert len({fold.digest for fold in found}) == 3


def test_a_digest_does_not_depend_on_the_order_of_rows():
    study = make_study()
    rows = np.arange(20)
    assert digest(study, rows) == digest(study, rows[::-1])
    assert digest(study, rows) != digest(study, rows[1:])


def test_a_test_video_and_its_neighbours_in_time_are_not_trained_on():
    study = make_study()
    for fold in split_by_video(study):
        refuse_shared_videos(study, fold.train, fold.test)
        refuse_near(study, fold.train, fold.test)
        # Videos are consecutive: the Window next to the test video is not trained on.
        assert len(fold.train) + len(fold.test) < len(study)


def test_adjacent_windows_on_two_sides_are_refused():
    study = make_study(people=1)
    train, test = np.arange(0, 8), np.arange(8, 16)
    with pytest.raises(TooNear, match="expected a gap of 10 s, got 1 rows nearer"):
        refuse_near(study, train, test)
    refuse_near(study, drop_near(study, train, test), test)
    assert drop_near(study, train, test).tolist() == list(range(7))


def test_other_people_at_the_same_time_are_not_near():
    study = make_study(people=2)
    refuse_near(study, np.flatnonzero(study.people == 0), np.flatnonzero(study.people == 1))


def test_a_shared_video_is_refused():
    study = make_study()
    with pytest.raises(SharedVideos, match=r"got \[0\] on two"):
        refuse_shared_videos(study, np.array([0, 8]), np.array([1]))


def test_with_new_people_and_videos_neither_was_trained_on_and_each_row_is_tested_once():
    study = make_study()
    found = split_by_both(study, 2, rng=np.random.default_rng(0))
    tested = np.concatenate([fold.test for fold in found])
    assert sorted(tested.tolist()) == list(range(len(study)))
    for fold in found:
        refuse_shared_people(study.people[fold.train], study.people[fold.test])
        refuse_shared_videos(study, fold.train, fold.test)
