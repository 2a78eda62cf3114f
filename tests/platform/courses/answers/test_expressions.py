from __future__ import annotations

import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.answers.expressions import BadExpression, evaluate, is_true, parse

NUMBERS = st.integers(-50, 50)
SUMS = st.recursive(
    NUMBERS.map(lambda n: f"({n})") | st.sampled_from("abc"),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), inner),
    max_leaves=8,
)
VALUES = {"a": Fraction(2), "b": Fraction(-3), "c": Fraction(7)}


@given(SUMS)
def test_sums_and_products_have_the_value_that_python_gives(text):
    python = eval(text, {name: int(number) for name, number in VALUES.items()})
    assert evaluate(parse(text), VALUES) == python


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-a * b", 6),
        ("b / (-a)", Fraction(3, 2)),
        ("2a", 4),
        ("2(a+1)", 6),
        ("-a^2", -4),
        ("2^-1", Fraction(1, 2)),
        ("8 - 3 - 2", 3),
        ("12 / 3 / 2", 2),
        ("1/2a", 1),
        (".5 + 0.25", Fraction(3, 4)),
        ("sqrt(9/4)", Fraction(3, 2)),
    ],
)
def test_signs_bind_as_in_school(text, expected):
    assert evaluate(parse(text), VALUES) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("a != b", True), ("a < b", False), ("a = 2", True)]
)
def test_comparison_is_evaluated(text, expected):
    assert is_true(parse(text), VALUES) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 +",
        "(1",
        "1)",
        "x2",
        "1 2",
        "__import__",
        "a.b",
        "1/0",
        "0^-1",
        "z",
        "sqrt(2)",
        "sqrt(-1)",
        "9^9^9^9",
        "(" * 200 + "1" + ")" * 200,
        "-" * 250 + "1",
        "1" * 301,
        "(a < b) + 1",
    ],
)
def test_expression_without_a_value_is_refused(text):
    with pytest.raises(BadExpression, match="expected"):
        evaluate(parse(text), VALUES)


@given(st.text(alphabet="0123456789abx+-*/^()<>=!. sqrt", max_size=60))
def test_any_text_gives_a_value_or_bad_expression(text):
    with contextlib.suppress(BadExpression):
        evaluate(parse(text), VALUES)
