"""Cleaning removes unintended words and sounds, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.semantics.text_cleaning import clean


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("<v Ann>Divide <b>both</b> sides", "Divide both sides"),
        ("[Music] We divide (applause) by two", "We divide by two"),
        (">> DR. SMITH: So x is four.", "So x is four."),
        ("um, so uh x is, erm, four", "so x is, four"),
        ("one\u00a0half\n  is ½", "one half is 1\u20442"),
        ("f(x) = 2(x + 3)", "f(x) = 2(x + 3)"),
        ("Humans hum in summer", "Humans hum in summer"),
    ],
)
def test_it_keeps_intended_words(said, kept):
    assert clean(said) == kept


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"])))
def test_cleaning_twice_equals_cleaning_once(text):
    once = clean(clean(text))
    assert clean(once) == once
    assert "  " not in once
