"""Slugs are Latin and safe in an address, and a free one is always found."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.slugs import LONGEST, MAX_ID, Names, Slugs, free_slug, slug

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# Each code point, with lone surrogates and unassigned ones.
ANY = st.text(st.characters(exclude_categories=()), max_size=120)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Дроби", "drobi"),
        ("Κλάσματα", "klasmata"),
        ("كسور", "kswr"),
        ("שברים", "svrym"),
        ("भिन्न", "bhinn"),
        ("北京", "beijing"),
        ("분수", "bunsu"),
        ("Brüche & Größen", "bruche-grossen"),
        ("C++", "c"),
        ("", "skill"),
        ("   ", "skill"),
    ],
)
def test_a_name_in_any_script_is_readable_in_latin_letters(text, found):
    assert slug(text, "skill") == found


def test_a_name_without_letters_is_known_by_its_digest():
    marks = ["+", "−", "\ue000", "\udc80"]
    found = [slug(mark, "skill") for mark in marks]
    assert len(set(found)) == len(marks)
    assert all(re.fullmatch("skill-[0-9a-f]{8}", name) for name in found)


@given(ANY)
def test_every_text_has_a_slug(text):
    found = slug(text, "skill")
    assert SLUG.fullmatch(found)
    assert len(found) <= LONGEST
    assert slug(found, "skill") == found
    assert slug(unicodedata.normalize("NFD", text), "x") == slug(
        unicodedata.normalize("NFC", text), "x"
    )


@given(st.lists(st.sampled_from(["Дроби", "дроби!", "+", "", "x" * 200, "x" * 69 + "yz"]) | ANY))
def test_slugs_and_ids_never_run_out(texts):
    taken: set[str] = set()
    names, slugs = Names(), Slugs()
    for text in texts:
        free = free_slug(text, taken, "skill")
        assert free not in taken
        assert SLUG.fullmatch(free)
        assert len(free) <= LONGEST
        taken.add(free)
    ids = [names.take(text, "quiz") for text in texts]
    assert len({id.casefold() for id in ids}) == len(texts)
    assert all(ID.fullmatch(id) and len(id) <= MAX_ID + 20 for id in ids)
    given_out = {text: slugs.take(text, "skill") for text in texts}
    assert len(set(given_out.values())) == len(given_out)
    assert all(slugs.take(text, "skill") == found for text, found in given_out.items())


def test_two_hundred_courses_of_one_name_have_a_slug_each():
    taken: set[str] = set()
    for _ in range(200):
        taken.add(free_slug("x" * 200, taken, "course"))
    assert len(taken) == 200
    assert max(map(len, taken)) <= LONGEST
