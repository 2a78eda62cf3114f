"""A catalogue keeps its translations, and faults in it are found."""

from __future__ import annotations

import gettext
import io

import polib
import pytest

from config.i18n import catalogue
from config.i18n.extract import Message


def german(*entries) -> polib.POFile:
    made = catalogue.make_empty("de")
    for entry in entries:
        made.append(polib.POEntry(**entry))
    return made


def test_what_was_translated_stays_and_what_is_new_waits():
    old = german({"msgid": "Log in", "msgstr": "Anmelden"}, {"msgid": "Gone", "msgstr": "Weg"})
    brought = german({"msgid": "Log in", "msgstr": "Other"}, {"msgid": "Save", "msgstr": "Sichern"})
    sources = {Message(text): ["a.html"] for text in ("Log in", "Save", "New")}
    made = catalogue.merge_catalogue(old, sources, [brought])
    assert [(one.msgid, one.msgstr) for one in made] == [
        ("Log in", "Anmelden"), ("Save", "Sichern"), ("New", ""),
    ]  # fmt: skip


def test_a_context_tells_two_of_the_same_sentence_apart():
    old = german({"msgid": "Light", "msgctxt": "colours", "msgstr": "Hell"})
    made = catalogue.merge_catalogue(
        old, {Message("Light", context="colours"): [], Message("Light"): []}
    )
    assert [one.msgstr for one in made] == ["Hell", ""]


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ({"msgid": "{n} left", "msgstr": ""}, "empty"),
        ({"msgid": "{n} left", "msgstr": "{m} übrig"}, "placeholders"),
        ({"msgid": "Expected {}, got {}", "msgstr": "{} erwartet"}, "placeholders"),
        ({"msgid": "%(n)s left", "msgstr": "%n übrig"}, "placeholders"),
        ({"msgid": "a <b>c</b>", "msgstr": "a c"}, "markup"),
        ({"msgid": "a", "msgstr": "a "}, "blanks"),
        ({"msgid": "a", "msgstr": "b", "flags": ["fuzzy"]}, "fuzzy"),
        (
            {"msgid": "1 a", "msgid_plural": "%(n)s a", "msgstr_plural": {0: "1 b", 1: "viele"}},
            "placeholders",
        ),
    ],
)
def test_each_fault_is_named(entry, fault):
    held = german(entry)
    assert fault in " ".join(
        catalogue.find_catalogue_faults(held, {catalogue.message_of(held[0]): []})
    )


def test_what_is_missing_and_what_is_stale_are_faults():
    held = german({"msgid": "a", "msgstr": "b"})
    assert list(catalogue.find_catalogue_faults(held, {Message("c"): []})) == [
        "missing: 'c'",
        "stale: 'a'",
    ]


def test_a_singular_may_omit_the_number():
    held = german(
        {
            "msgid": "%(n)s day",
            "msgid_plural": "%(n)s days",
            "msgstr_plural": {0: "ein Tag", 1: "%(n)s Tage"},
        }
    )
    assert list(catalogue.find_catalogue_faults(held, {catalogue.message_of(held[0]): []})) == []


def test_the_compiled_file_translates():
    held = german({"msgid": "Log in", "msgstr": "Anmelden"})
    read = gettext.GNUTranslations(io.BytesIO(catalogue.compile_catalogue(held)))
    assert read.gettext("Log in") == "Anmelden"
