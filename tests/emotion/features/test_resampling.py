"""Means by step are those of a matrix that says which row begins in which step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.features.resampling import average, find_ends, sum_between
from emotion.windows import Track

T1, STEPS = 20.0, 10


def make_track(times, seed):
    rng = np.random.default_rng(seed)
    mask = rng.random((len(times), 3)) < 0.7
    values = np.where(mask, rng.normal(size=mask.shape), 0).astype(np.float32)
    return Track(values, np.array(times, np.float64), mask, 1.0, "", 0.1)


def find_members(track):
    step = np.floor(track.times - (T1 - STEPS))
    return np.arange(STEPS)[:, None] == step  # (T, N)


times = st.lists(st.floats(0.0, 30.0, allow_nan=False), max_size=40).map(sorted)


@given(times, st.integers(0, 1000))
def test_means_are_those_of_the_rows_that_begin_in_a_step(times, seed):
    track = make_track(times, seed)
    members = find_members(track).astype(np.float64)
    count = members @ track.mask
    expected = members @ track.values / np.maximum(count, 1)

    found = average(track, T1, STEPS)

    assert found.values.dtype == np.float32
    np.testing.assert_array_equal(found.mask, count > 0)
    np.testing.assert_allclose(found.values, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("times", "counts"),
    [
        ([], [0] * 10),
        ([1.0, 9.99], [0] * 10),
        ([20.0, 25.0], [0] * 10),
        ([10.0, 10.5, 19.9, 20.0], [2, *[0] * 8, 1]),
        ([5.0, 14.0, 14.5, 14.9], [*[0] * 4, 3, *[0] * 5]),
    ],
)
def test_rows_outside_the_steps_and_empty_steps_add_nothing(times, counts):
    track = make_track(times, 0)
    sums = sum_between(np.ones((len(times), 1)), find_ends(track, T1, STEPS))
    assert sums[:, 0].tolist() == counts
