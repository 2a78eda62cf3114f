"""A page's language attributes, and the translations for its scripts."""

from __future__ import annotations

import json

import pytest
from django.utils import translation

from config.i18n.context_processor import page_language, script_words


@pytest.mark.parametrize(
    ("code", "tag", "direction"),
    [
        ("en-gb", "en", "ltr"),
        ("de", "de", "ltr"),
        ("en-xa", "en-XA", "ltr"),
        ("ar-xb", "ar-XB", "rtl"),
    ],
)
def test_the_page_names_its_language_and_direction(code, tag, direction):
    with translation.override(code):
        found = page_language()
    assert (found.tag, found.dir) == (tag, direction)


def test_the_source_language_carries_no_words():
    with translation.override("en-gb"):
        assert page_language().words == ""


def test_the_words_of_a_language_are_json_that_cannot_leave_its_element():
    text = script_words("de")
    held = json.loads(text)
    assert held["plural"] == "de"
    assert held["words"]["Paused"] != "Paused"
    assert not set("<>&") & set(text)


def test_a_language_made_by_rule_has_every_word_that_a_translation_has():
    german, strange = (json.loads(script_words(code))["words"] for code in ("de", "ar-xb"))
    assert german.keys() == strange.keys()
    assert all(
        str(said).strip("['").startswith("[") or "[" in str(said) for said in strange.values()
    )
