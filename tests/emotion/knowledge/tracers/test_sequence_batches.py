"""Batches contain every learner's whole history once, in order."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.knowledge.tracers.sequence_batches import iterate_batches, list_histories, make_inputs
from tests.fixtures.emotion.response_logs import make_log

LOG = make_log()


@pytest.mark.parametrize("rng", [None, np.random.default_rng(0)])
def test_each_learner_is_entirely_in_one_batch(rng):
    whole = list_histories(LOG, np.arange(len(LOG)))
    found = list(iterate_batches(whole, 100, rng))
    assert len(found) > 3
    assert all(max(map(len, batch)) * len(batch) <= 100 for batch in found)
    rows = np.concatenate([own for batch in found for own in batch])
    assert sorted(rows.tolist()) == list(range(len(LOG)))
    for batch in found:
        for own in batch:
            assert len(set(LOG.users[own])) == 1
            assert (np.diff(own) == 1).all()


def test_a_history_longer_than_a_batch_is_not_cut():
    whole = list_histories(LOG, np.arange(len(LOG)))
    assert max(len(own) for batch in iterate_batches(whole, 5, None) for own in batch) == max(
        len(own) for own in whole
    )


def test_values_are_read_at_their_learners_position():
    read = make_inputs(LOG, LOG.items.astype(float), 5)
    whole = list_histories(LOG, np.arange(len(LOG)))[:3]
    skills, difficulty, correct, there = (each.numpy() for each in read.pad(whole))
    for place, own in enumerate(whole):
        assert there[place].sum() == len(own)
        np.testing.assert_array_equal(difficulty[place, : len(own)], LOG.items[own])
        np.testing.assert_array_equal(correct[place, : len(own)], LOG.correct[own])
        for step, row in enumerate(own):
            named = set(skills[place, step].tolist()) - {5}
            assert named == set(LOG.skills[[row]].indices.tolist())


def test_unknown_skills_are_padding():
    assert make_inputs(LOG, LOG.items.astype(float), 3).skills.max() == 3
