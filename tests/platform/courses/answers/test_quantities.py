from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.answers.quantities import read_stored_number

HALF = Fraction(1, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.5", HALF),
        (".5", HALF),
        ("1/2", HALF),
        (" 1 / 2 ", HALF),
        ("½", HALF),
        ("1½", Fraction(3, 2)),
        ("1 1/2", Fraction(3, 2)),
        ("-1 1/2", Fraction(-3, 2)),
        ("0,5", HALF),
        ("\u22123", -3),
        ("\u2013 3", -3),
        ("- 3", -3),
        ("+3", 3),
        ("5.", 5),
        ("x = 4", 4),
        ("1,000", 1000),
        ("12,345,678.5", Fraction("12345678.5")),
        ("0,125", Fraction(1, 8)),
        ("3,14", Fraction("3.14")),
        ("\uff16", 6),
        ("0/5", 0),
        ("0", 0),
    ],
)
def test_a_number_is_read_however_it_is_written(text, expected):
    assert read_stored_number(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "five", "1/0", "1 1/0", "1,2,3", "3x", "--3", "nan", "inf", "8;3", "9" * 500],
)
def test_text_without_a_number_is_none(text):
    assert read_stored_number(text) is None


@given(st.fractions(max_denominator=1000).filter(lambda n: abs(n) < 10**9))
def test_every_fraction_is_read_back(fraction):
    assert read_stored_number(str(fraction)) == fraction
    assert read_stored_number(str(fraction).replace("-", "\u2212")) == fraction


@given(st.text(max_size=30))
def test_no_text_breaks_it(text):
    read_stored_number(text)
