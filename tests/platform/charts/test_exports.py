"""Downloads of a figure: the drawing as a file, and its numbers; formulas are never run."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from django.http import Http404
from django.utils import translation
from django.utils.translation import gettext as _

from charts.exports import find_export
from charts.figure import Column, Figure, FigureTable, LegendEntry
from charts.forest import ForestAxis, ForestRow, draw_forest
from charts.numerals import format_decimal

AXIS = ForestAxis(0.0, 1.0, ((0.0, "0"), (1.0, "1")))
FIGURE = Figure(
    "auc",
    "How well?",
    basis="40 people",
    drawing=draw_forest([ForestRow("=cmd()", 0.79, 0.75, 0.82)], AXIS),
    table=FigureTable(
        (Column("state", "State"), Column("auc", "AUC", 2), Column("people", "People")),
        (("=cmd()", 0.79321, 1234), ("Boredom", 0.5, None)),
    ),
    legend=(LegendEntry("range", "95% interval"),),
    simulated=True,
)


def ask(rf, **fields):
    return find_export(rf.get("/", fields), "model", lambda: [FIGURE])


def test_an_address_without_a_kind_asks_for_the_page(rf):
    assert ask(rf) is None
    assert ask(rf, figure="auc") is None
    assert ask(rf, figure="auc", **{"as": "pdf"}) is None


def test_a_table_is_unrounded_guarded_and_says_who_is_simulated(rf):
    answer = ask(rf, figure="auc", **{"as": "csv"})
    assert answer["Content-Disposition"] == 'attachment; filename="model-auc.csv"'
    head, *rows = csv.reader(io.StringIO(answer.content.decode().lstrip("\ufeff")))
    assert head == ["state", "auc", "people", "origin"]
    assert rows[0][1:] == ["0.79321", "1234", "simulated people"]
    assert not rows[0][0].startswith("=")
    assert rows[1] == ["Boredom", "0.5", "", "simulated people"]


def test_a_drawing_says_what_it_is_and_of_which_people(rf):
    answer = ask(rf, figure="auc", **{"as": "svg"})
    text = answer.content.decode()
    assert answer["Content-Type"].startswith("image/svg+xml")
    for words in ("How well?", "Simulated people. 40 people", "95% interval"):
        assert words in text


@pytest.mark.parametrize("code", ["", "roc"])
def test_an_unknown_figure_is_not_found(rf, code):
    with pytest.raises(Http404):
        ask(rf, figure=code, **{"as": "csv"})


def test_a_figure_without_a_drawing_is_not_found(rf):
    empty = replace(FIGURE, drawing=None, table=None)
    with pytest.raises(Http404):
        find_export(rf.get("/?figure=auc&as=svg"), "model", lambda: [empty])


def test_a_table_is_in_the_source_language_and_a_drawing_in_the_readers(rf):
    def build():
        table = replace(FIGURE.table, rows=((_("Research"), 0.5, 1),))
        return [replace(FIGURE, title=_("Research"), table=table)]

    with translation.override("de"):
        drawn, table = (
            find_export(rf.get(f"/?figure=auc&as={kind}"), "model", build).content.decode()
            for kind in ("svg", "csv")
        )
    assert "Forschung" in drawn
    assert "Research" in table


def test_a_number_is_rounded_and_never_cut_off():
    assert format_decimal(0.785, 1) == "0.8"
    assert format_decimal(0.3356, 3) == "0.336"
    assert format_decimal(-0.001, 2) == "0.00"


def test_the_page_shows_rounded_numbers_and_a_dash_for_none():
    first, second = FIGURE.table.lines
    assert first.cells == ("0.79", "1,234")
    assert second.cells == ("0.50", "–")
