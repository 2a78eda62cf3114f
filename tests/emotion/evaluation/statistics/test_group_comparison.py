"""Two groups compared: by hand, by coverage, and not at all for fewer than five people."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.evaluation.statistics.group_comparison import average, compare

NAN = float("nan")


def test_the_means_and_their_difference_equal_those_by_hand(rng):
    found = compare(np.array([1, 2, 3, 4, 5.0]), np.array([2.0] * 6), rng=rng)

    assert (found.first.value, found.second.value, found.difference.value) == (3, 2, 1)
    assert (found.first.n, found.second.n, found.difference.n) == (5, 6, 11)
    assert (found.second.low, found.second.high) == (2, 2)
    assert found.first.low - 2 == pytest.approx(found.difference.low)


def test_people_without_a_value_are_left_out(rng):
    found = compare(np.array([1.0] * 5 + [NAN] * 3), np.array([0.0] * 5), rng=rng)

    assert found.first.n == 5
    assert found.difference.value == 1


@pytest.mark.parametrize("few", [[1.0] * 4, [1.0] * 4 + [NAN]])
def test_fewer_than_five_people_are_not_compared(few, rng):
    assert compare(np.array(few), np.ones(9), rng=rng) is None
    assert compare(np.ones(9), np.array(few), rng=rng) is None


def test_the_interval_contains_the_true_difference_about_eight_times_in_ten(rng):
    """200 pairs of groups of 20, true difference .5: 80 % is .8 +/- .085 in 200 (3 errors)."""
    held = 0
    for _ in range(200):
        found = compare(rng.normal(1.5, 1, 20), rng.normal(1.0, 1, 20), rng=rng)
        held += found.difference.low <= 0.5 <= found.difference.high
    print(f"held in {held} of 200")

    assert 0.8 - 0.085 - 0.03 <= held / 200 <= 0.8 + 0.085


def test_the_mean_has_students_interval_by_hand():
    """1 2 3 4 5: mean 3, s = 1.58114, t(4) at 80 % = 1.53321, so half = 1.53321 * .70711."""
    found = average(np.array([1, 2, 3, 4, 5, NAN]))

    assert (found.value, found.n) == (3, 5)
    assert (found.low, found.high) == pytest.approx((3 - 1.08414, 3 + 1.08414), abs=1e-4)


def test_four_people_have_no_mean():
    assert average(np.array([1.0, 1, 1, 1, NAN])) is None


@pytest.fixture
def rng():
    return np.random.default_rng(5)
