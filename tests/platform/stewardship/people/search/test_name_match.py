"""A name is found by prefixes of its words, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stewardship.people.search.name_match import has_words, split_words


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Lena Fischer", "LEN"),
        ("Lena Fischer", "fisch"),
        ("Lena Fischer", "fischer, lena"),
        ("Zoë Müller", "zoe mull"),
        ("Zoë Müller", "Mueller"),
        ("Zoe Mueller", "Müller"),
        ("Zoe\u0308 Mu\u0308ller", "Zoë Müll"),
        ("Jörg Groß", "GROSS"),
        ("Jörg Gross", "groß"),
        ("Łukasz Żak", "lukasz zak"),
        ("Anna-Lena Brandt", "lena"),
        ("Siobhán O’Brien", "obr"),
        ("Siobhán O'Brien", "o'brien"),
        ("Иван Петров", "ivan pet"),
        ("Иван Петров", "ИВАН"),
        ("प्रिया शर्मा", "शर्"),
        ("Team 7", "7"),
    ],
)
def test_these_words_find_a_name(name, typed):
    assert has_words(name, split_words(typed))


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Lena Fischer", "ena"),
        ("Lena Fischer", "lena k"),
        ("Lena Fischer", "lenas"),
        ("Zoë Müller", "muel e"),
        ("Лена", "ивaн"),
        ("", "a"),
    ],
)
def test_these_words_do_not_find_a_name(name, typed):
    assert not has_words(name, split_words(typed))


@pytest.mark.parametrize("typed", ["", "%", "_ - '", "!?"])
def test_a_text_without_letters_or_digits_has_no_words(typed):
    assert split_words(typed) == ()


@given(st.text(max_size=30))
def test_a_name_is_found_by_itself(name):
    assert has_words(name, split_words(name))
