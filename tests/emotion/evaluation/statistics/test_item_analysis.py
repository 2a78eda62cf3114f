"""Item statistics compared with values worked out by hand, and None if data are insufficient."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.evaluation.statistics.item_analysis import (
    LEAST_PEOPLE,
    estimate_discrimination,
    estimate_share,
)

NAN = float("nan")
# Ten people, three questions. Of the other two, shares right are 1 1 1 1 .5 .5 0 0 0 0.
TEN = np.array([
    [1, 1, 1], [1, 1, 1], [1, 1, 1], [0, 1, 1], [1, 1, 0],
    [0, 0, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0], [1, 0, 0],
], dtype=float)  # fmt: skip


def test_the_corrected_correlation_equals_the_one_by_hand():
    """x = 1110 1000 01, mean .5; y as above, mean .5. Sums: xy = 3.5, so covariance
    3.5 - 10 * .25 = 1; x: 10 * .25 = 2.5; y: 4 + .5 - 10 * .25 = 2. r = 1 / sqrt(5)."""
    found = estimate_discrimination(TEN, 0)

    assert found.value == pytest.approx(1 / math.sqrt(5))
    assert found.n == 10
    z = 1.2815515655446004 / math.sqrt(7)
    assert found.low == pytest.approx(math.tanh(math.atanh(1 / math.sqrt(5)) - z))
    assert found.high == pytest.approx(math.tanh(math.atanh(1 / math.sqrt(5)) + z))


def test_the_question_itself_is_not_in_the_total():
    """An unrelated question would correlate with the total if it were part of it."""
    x = np.array([1, 0] * 8, dtype=float)
    rest = np.repeat([[1, 1], [1, 1], [0, 0], [0, 0]], 4, axis=0).astype(float)
    scores = np.column_stack([x, rest])

    assert estimate_discrimination(scores, 0).value == pytest.approx(0)
    assert np.corrcoef(x, scores.sum(axis=1))[0, 1] > 0.4


def test_a_missing_try_is_not_a_wrong_answer():
    more = np.vstack([TEN, [[NAN, 1, 1]] * 4, [[1, NAN, 1]] * 4])

    found = estimate_discrimination(more, 0)

    assert found == estimate_discrimination(TEN, 0)


@pytest.mark.parametrize("rows", [TEN[: LEAST_PEOPLE - 1], TEN[:, :2], np.ones((20, 3))])
def test_too_few_people_or_questions_or_no_variance_give_none(rows):
    assert estimate_discrimination(rows, 0) is None


def test_a_perfect_separation_has_no_interval():
    rows = np.repeat([[1, 1, 1], [0, 0, 0]], 6, axis=0).astype(float)

    found = estimate_discrimination(rows, 1)

    assert (found.value, found.low, found.high) == (1, 1, 1)


@pytest.mark.parametrize("bad", [np.ones(4), np.full((12, 3), 0.5)])
def test_an_invalid_table_of_tries_is_refused(bad):
    with pytest.raises(ValueError, match="first"):
        estimate_discrimination(bad, 0)


def test_the_interval_of_the_share_is_wilsons():
    """7 of 10 at 80 %, z2 = 1.64237: (.7 + .08212) / 1.16424 = .67179; half = 1.28155 / 1.16424 *
    sqrt(.021 + .00411) = .17442."""
    found = estimate_share(7, 10)

    assert found.value == 0.7
    assert (found.low, found.high) == pytest.approx((0.49737, 0.84620), abs=1e-4)


def test_no_tries_have_no_share():
    assert estimate_share(0, 0) is None
    with pytest.raises(ValueError, match="right"):
        estimate_share(3, 2)


@given(
    st.lists(st.lists(st.sampled_from([0.0, 1.0, NAN]), min_size=4, max_size=4), min_size=10,
             max_size=40)
)  # fmt: skip
def test_an_interval_contains_its_value_within_minus_one_and_one(rows):
    found = estimate_discrimination(np.array(rows), 2)

    assert (
        found is None or -1 <= found.low <= found.value + 1e-12 <= found.high + 2e-12 <= 1 + 3e-12
    )
