"""Cross-validation by people; too few people or folds are refused before training."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.training import cross_validation
from emotion.training.recipe import WrongRecipe

PEOPLE = np.repeat(np.arange(5), 3)


@pytest.mark.parametrize(("count", "turns"), [(2, 2), (5, 5), (9, 5)])
def test_every_person_is_left_out_once_and_never_in_their_own_training(count, turns):
    cut = cross_validation.split_people(PEOPLE, count, 7)
    assert len(cut) == turns
    assert sorted(np.concatenate([left_out for _, left_out in cut])) == list(range(15))
    for teach, left_out in cut:
        assert not set(PEOPLE[teach]) & set(PEOPLE[left_out])
        assert set(PEOPLE[teach]) | set(PEOPLE[left_out]) == set(range(5))


@pytest.mark.parametrize(("people", "count"), [([3, 3], 4), ([1, 2, 3], 1)])
def test_too_few_people_or_folds_are_refused_with_a_reason(people, count):
    wrong = rf"got {len(set(people))} to part in {count}: let more people teach"
    with pytest.raises(WrongRecipe, match=wrong):
        cross_validation.split_people(np.array(people), count, 7)


def test_a_single_fold_is_refused():
    with pytest.raises(WrongRecipe, match="at least 2 turns, got 1"):
        cross_validation.split_codes({"people": PEOPLE}, 1, 7)


def test_equal_codes_have_no_folds():
    found = cross_validation.split_codes({"people": PEOPLE, "videos": np.zeros(15, np.int64)}, 5, 7)
    assert [len(found[name]) for name in ("people", "videos")] == [5, 0]
