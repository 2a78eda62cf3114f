"""What is wrong with a package is read in the language of whoever reads it, even once kept."""

from __future__ import annotations

import json

from django.utils import translation

from authoring import said
from authoring.broken import BrokenPackage
from authoring.formats import lost

BROKEN = BrokenPackage(
    "units.csv",
    said.said("row {row}, column {column}", row=3, column="kind"),
    said.said("expected 1 to 5, found {text!r}", text="{six}"),
)


def test_one_sentence_is_english_for_one_and_german_for_another():
    assert str(BROKEN) == "units.csv: row 3, column kind: expected 1 to 5, found '{six}'"
    with translation.override("de"):
        assert str(BROKEN) == "units.csv: Zeile 3, Spalte kind: 1 bis 5 erwartet, '{six}' gefunden"


def test_a_row_keeps_it_so_that_its_reader_may_change_their_language():
    row = json.loads(json.dumps(said.kept(BROKEN.parts)))
    assert said.told(row) == str(BROKEN)
    with translation.override("de"):
        assert said.told(row) == str(BROKEN)


def test_a_name_is_nobodys_sentence_and_an_empty_place_says_nothing():
    with translation.override("de"):
        assert str(BrokenPackage("Quiz", "", "expected UTF-8")) == "Quiz: UTF-8 erwartet"
        assert str(said.said("")) == ""


def test_what_was_left_out_is_told_with_its_name():
    assert lost.told("<problem> block") == "<problem> block"
    with translation.override("de"):
        assert lost.told(lost.BLOCK.format(name="problem")) == "<problem>-Block"
        assert lost.told("selection of a test") == "selection eines Tests"
        assert lost.told("feedback of a gap") == "Rückmeldung zu einer Lücke"
        assert lost.told("partial_credit") == "partial_credit"
