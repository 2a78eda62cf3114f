"""Files of a Teacher's tables: what a spreadsheet opens, it must not run."""

from __future__ import annotations

import csv
import io

import pytest

from teaching.table import csv_of


def read(response):
    return list(csv.reader(io.StringIO(response.content.decode())))


def test_rows_stand_under_one_head_in_a_file_with_a_name():
    made = csv_of("algebra-topics", ("topic", "n"), [("slope, a line", 12), ("roots", 7.5)])

    assert made["Content-Disposition"] == 'attachment; filename="algebra-topics.csv"'
    assert read(made) == [["topic", "n"], ["slope, a line", "12"], ["roots", "7.5"]]


@pytest.mark.parametrize("text", ["=1+2", "+1", "-1", "@sum", "\tx", "\rx"])
def test_a_text_that_begins_like_a_formula_is_quoted(text):
    assert read(csv_of("x", ("a",), [(text,)]))[1][0].startswith("'")


def test_a_number_below_zero_stays_a_number():
    assert read(csv_of("x", ("a",), [(-0.5,)]))[1] == ["-0.5"]
