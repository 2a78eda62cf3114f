from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.watched_intervals import JOIN_S, merge_stretches, watched_seconds

SECOND = st.floats(-10, 130, allow_nan=False)
STRETCHES = st.lists(st.tuples(SECOND, SECOND).map(lambda pair: (min(pair), max(pair))), max_size=8)


@given(STRETCHES, STRETCHES)
def test_the_union_only_grows_and_stays_inside_the_video(first, second):
    before = merge_stretches([], first, 100)
    after = merge_stretches(before, second, 100)
    assert watched_seconds(before) <= watched_seconds(after) + 1e-9
    assert watched_seconds(after) <= 100 + 1e-9
    assert after == sorted(after)
    assert all(0 <= end <= 100 for end in after)


@given(STRETCHES)
def test_what_was_watched_twice_counts_once(stretches):
    once = merge_stretches([], stretches, 100)
    assert merge_stretches(once, stretches, 100) == once


@pytest.mark.parametrize(
    ("new", "union"),
    [
        ([(0, 10), (5, 20)], [0, 20]),
        ([(0, 10), (10 + JOIN_S, 20)], [0, 20]),
        ([(0, 10), (11, 20)], [0, 10, 11, 20]),
        ([(95, 99), (98, 500)], [95, 100]),
        ([(30, 30)], []),
    ],
)
def test_stretches_join(new, union):
    assert merge_stretches([], new, 100) == union
