"""A grade is rounded half up; it is 0 or 100 only if it is exactly that."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from courses.gradebook.percents import describe_points, percent, round_points, round_share


@st.composite
def _counts(draw: st.DrawFn) -> tuple[int, int]:
    """Draw numbers of correct answers: any, or within half a percent of none or all."""
    out_of = draw(st.integers(1, 400) | st.integers(201, 32_767))
    few = draw(st.integers(0, max(1, out_of // 200)))
    return draw(st.sampled_from([few, out_of - few]) | st.integers(0, out_of)), out_of


@given(_counts())
def test_a_grade_is_rounded_half_up_and_0_or_100_only_where_it_is_exact(counts):
    right, out_of = counts
    exact = Decimal(100 * right) / out_of
    found = percent(right, out_of)
    assert abs(found - exact) < 1
    assert (found == 0) == (right == 0)
    assert (found == 100) == (right == out_of)
    if Decimal("0.5") <= exact < Decimal("99.5"):
        assert found == exact.quantize(Decimal(1), ROUND_HALF_UP)


def test_an_even_half_goes_up_too():
    assert [percent(1, 8), percent(1, 200), percent(1, 1000), percent(999, 1000)] == [13, 1, 1, 99]
    assert percent(0, 0) == 0


@pytest.mark.parametrize(
    ("earned", "out_of", "words"),
    [
        (Fraction(3, 2), Fraction(3), "1.5 of 3 points"),
        (Fraction(1, 3), Fraction(1), "0.33 of 1 point"),
        (Fraction(2999, 1000), Fraction(3), "2.99 of 3 points"),
        (Fraction(1, 1000), Fraction(1, 2), "0.01 of 0.5 points"),
        (Fraction(0), Fraction(2), "0 of 2 points"),
        (Fraction(0), Fraction(0), "0 of 0 points"),
        (Fraction(2), Fraction(2), "2 of 2 points"),
        (Fraction(1, 200), Fraction(1, 100), "0.005 of 0.01 points"),
        (Fraction(1, 300), Fraction(1, 100), "0.003 of 0.01 points"),
        (Fraction(1, 9999), Fraction(1, 50), "0.01 of 0.02 points"),
    ],
)
def test_points_are_shown_as_all_or_none_only_if_they_are(earned, out_of, words):
    assert describe_points(earned, out_of) == words


def test_points_are_written_as_in_the_language_of_the_page():
    with override("de"):
        assert describe_points(Fraction(3, 2), Fraction(3)) == "1,5 von 3 Punkten"


POINTS = st.integers(1, 100_000).map(lambda hundredths: Fraction(hundredths, 100))
SHARES = st.fractions(0, 1, max_denominator=1_000_000)


@given(SHARES, POINTS)
def test_rounded_points_are_none_or_all_only_where_they_are_exact(share, out_of):
    found = round_points(share * out_of, out_of)
    assert (found == 0) == (share == 0)
    assert (found == out_of) == (share == 1)
    assert abs(found - share * out_of) <= Fraction(1, 100)


@given(SHARES)
def test_a_share_for_other_programs_is_0_or_1_only_where_it_is_exact(share):
    found = round_share(share)
    assert (found == 0) == (share == 0)
    assert (found == 1) == (share == 1)
    assert abs(found - float(share)) <= 0.0001
