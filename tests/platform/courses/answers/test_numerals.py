"""Numbers are read exactly by the language of the page, and what is read can be written."""

from __future__ import annotations

import re
from fractions import Fraction
from time import process_time

import pytest
from django.conf import settings
from django.http import QueryDict
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from courses.answers.numerals import (
    PLAIN,
    decimal_mark,
    language_typed_in,
    read_formula,
    read_number,
    to_plain,
    write_formula,
    write_number,
)
from tests.fixtures.typed_numbers import BOTH

LANGUAGES = [code for code, _name in settings.LANGUAGES]
DIGITS = st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?(e-?[1-9][0-9]?)?", fullmatch=True)
FRACTIONS = st.from_regex(r"-?([1-9][0-9]? )?[1-9][0-9]{0,5}/[1-9][0-9]{0,5}", fullmatch=True)


@pytest.mark.parametrize(("language", "typed", "plain"), BOTH)
def test_a_number_is_read_as_its_page_writes_numbers(language, typed, plain):
    found = read_number(typed, language)
    assert (found and f"{'' if found.certain else '?'}{found.plain}") == plain


@pytest.mark.parametrize("language", LANGUAGES)
@given(plain=DIGITS | FRACTIONS)
def test_written_number_is_read_back_in_each_language(language, plain):
    found = read_number(write_number(plain, language), language)
    value = read_number(plain, PLAIN).value
    assert (found.value, found.certain) == (value, True)
    assert found.plain.lstrip("-") == plain.lstrip("-")


@given(number=st.floats(-1e300, 1e300) | st.integers(-(10**40), 10**40))
def test_plain_form_of_a_float_is_exact(number):
    found = read_number(to_plain(number), PLAIN)
    assert found is None if 0 < abs(number) < 1e-300 else found.value == Fraction(str(number))


@given(st.fractions(max_denominator=10**6))
def test_plain_form_of_a_fraction_is_exact(number):
    assert read_number(to_plain(number), PLAIN).value == number


@given(st.text(max_size=30) | st.text("0123456789.,' e^%/×·10-+x=", max_size=210))
def test_any_text_is_read_as_finite_or_none(text):
    for language in LANGUAGES:
        found = read_number(text, language)
        assert found is None or abs(float(found.value)) < 1e301


@pytest.mark.parametrize("part", ["1 ", "1×", "e1", "10^", "1,", "1,000", "× 10", "1/", " "])
def test_long_text_is_read_quickly(part):
    began = process_time()
    read_number((part * 200)[:200], "de")
    assert process_time() - began < 0.2


def number_until_now(text: str) -> Fraction | None:
    """Read a number by the older rule with which stored replies were graded."""
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    elif text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    decimal = re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text, re.ASCII)
    return Fraction(text.rstrip(".")) if decimal else None


@given(st.text("0123456789.,-", min_size=1, max_size=12))
def test_older_stored_reply_keeps_its_number(text):
    before, now = number_until_now(text), read_number(text, PLAIN)
    assert before is None or now.value == before


@pytest.mark.parametrize(
    ("typed", "plain", "unsure"),
    [
        ("1,5x + 2", "1.5x + 2", 0),
        ("1.5x", "1.5x", 0),
        ("2(x - 0,25)", "2(x - 0.25)", 0),
        ("3.142x", "3142x", 1),
        ("(1,2)", "(1,2)", 0),
        ("x^2 + y", "x^2 + y", 0),
    ],
)
def test_numbers_in_maths_are_read_as_the_page_writes_them(typed, plain, unsure):
    found = read_formula(typed, "de")
    assert (found.plain, len(found.unsure)) == (plain, unsure)
    assert read_formula(write_formula(found.plain, "de"), "de").plain == found.plain
    assert read_formula(typed, "en-gb").plain == typed


def test_number_is_read_in_the_language_of_its_page():
    with translation.override("en-gb"):
        assert language_typed_in(QueryDict("typed_in=de")) == "de"
        assert language_typed_in(QueryDict("typed_in=tlh")) == "en-gb"
        assert language_typed_in({}) == "en-gb"


def test_decimal_mark_depends_on_the_language():
    assert [decimal_mark(code) for code in ("de", "en-gb", "fr")] == [",", ".", ","]
