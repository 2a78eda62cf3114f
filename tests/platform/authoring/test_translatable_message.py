"""Errors of a package are shown in the reader's language, also after they were stored."""

from __future__ import annotations

import json

from django.utils import translation

from authoring import translatable_message
from authoring.errors import BrokenPackage
from authoring.formats import unsupported_messages

BROKEN = BrokenPackage(
    "units.csv",
    translatable_message.message("row {row}, column {column}", row=3, column="kind"),
    translatable_message.message("expected 1 to 5, found {text!r}", text="{six}"),
)


def test_message_is_shown_in_the_readers_language():
    assert str(BROKEN) == "units.csv: row 3, column kind: expected 1 to 5, found '{six}'"
    with translation.override("de"):
        assert str(BROKEN) == "units.csv: Zeile 3, Spalte kind: 1 bis 5 erwartet, '{six}' gefunden"


def test_stored_message_follows_the_readers_language():
    row = json.loads(json.dumps(translatable_message.to_stored(BROKEN.parts)))
    assert translatable_message.format_stored(row) == str(BROKEN)
    with translation.override("de"):
        assert translatable_message.format_stored(row) == str(BROKEN)


def test_names_are_not_translated_and_empty_places_omitted():
    with translation.override("de"):
        assert str(BrokenPackage("Quiz", "", "expected UTF-8")) == "Quiz: UTF-8 erwartet"
        assert str(translatable_message.message("")) == ""


def test_left_out_content_is_translated_with_its_name():
    assert unsupported_messages.translate_message("<problem> block") == "<problem> block"
    with translation.override("de"):
        assert (
            unsupported_messages.translate_message(
                unsupported_messages.BLOCK.format(name="problem")
            )
            == "<problem>-Block"
        )
        assert (
            unsupported_messages.translate_message("selection of a test") == "selection eines Tests"
        )
        assert (
            unsupported_messages.translate_message("feedback for a gap")
            == "Rückmeldung zu einer Lücke"
        )
        assert unsupported_messages.translate_message("partial_credit") == "partial_credit"
