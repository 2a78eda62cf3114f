"""CSV files of a Teacher's tables, which a spreadsheet must not run as formulas."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import example, given
from hypothesis import strategies as st

from privacy.csv_response import csv_of
from privacy.safe_csv import guarded, guarded_json, unguarded


def read(response):
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_rows_follow_one_heading_in_a_named_file():
    made = csv_of("algebra-topics", ("topic", "n"), [("slope, a line", 12), ("roots", 7.5)])

    assert made["Content-Disposition"] == 'attachment; filename="algebra-topics.csv"'
    assert read(made) == [["topic", "n"], ["slope, a line", "12"], ["roots", "7.5"]]


@pytest.mark.parametrize("text", ["=1+2", "+1", "-1", "@sum", "\tx", "\rx"])
def test_a_text_that_begins_like_a_formula_is_quoted(text):
    assert read(csv_of("x", ("a",), [(text,)]))[1][0].startswith("'")


def test_a_number_below_zero_stays_a_number():
    assert read(csv_of("x", ("a",), [(-0.5,)]))[1] == ["-0.5"]


# Characters that decide how a line is split, and a few others.
LETTERS = ",;\t\r\n\"'=+-@＝ \xa0\u2028aä5"  # noqa: RUF001
TEXTS = st.text(st.sampled_from(LETTERS), max_size=8) | st.text(max_size=8)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
ROWS = st.lists(st.lists(TEXTS | NUMBERS, min_size=1, max_size=4), max_size=4)
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")  # noqa: RUF001
NUMBER_END = re.compile(',?"')


def texts_of(row):
    return [guarded(cell) if isinstance(cell, str) else str(cell) for cell in row]


@given(ROWS)
@example([["", ";"], [-1]])
def test_what_is_written_is_read_again_and_no_separator_makes_a_formula(rows):
    written = csv_of("x", ("a",), rows).content.decode()
    assert written.startswith("\ufeff")
    found = list(csv.reader(io.StringIO(written.removeprefix("\ufeff"), newline="")))
    assert found == [["a"], *map(texts_of, rows)]
    numbers = {str(cell) for row in rows for cell in row if not isinstance(cell, str)}
    for separator in ",;\t":
        text = io.StringIO(written.removeprefix("\ufeff"), newline="")
        for cells in csv.reader(text, delimiter=separator):
            # A number below zero that is not split off ends at the next quote: `-1,"…"`, `-1"`.
            dangerous = {NUMBER_END.split(c.lstrip())[0] for c in cells if FORMULA.match(c)}
            assert dangerous <= numbers, (separator, dangerous)


@given(st.text())
def test_a_text_without_a_formula_is_written_as_it_is(text):
    bare = re.sub("[=+@＝＋－＠-]", "", text).lstrip("\t\r\n")  # noqa: RUF001
    assert guarded(bare) == bare


@given(st.text(st.sampled_from("='\"-,;\n \t@a"), max_size=12) | st.text())
def test_a_guarded_text_is_read_as_what_it_was(text):
    text = text.lstrip("\t\r\n")
    assert unguarded(guarded(text)) == text


@given(st.lists(TEXTS | NUMBERS, max_size=4) | st.dictionaries(TEXTS, TEXTS, max_size=3))
def test_json_in_a_cell_keeps_its_value(value):
    assert json.loads(guarded_json(json.dumps(value, ensure_ascii=False))) == value


def test_one_module_writes_csv():
    root = Path(settings.BASE_DIR) / "platform"
    found = [
        path
        for path in root.rglob("*.py")
        if re.search(r"\bcsv\.(Dict)?[wW]riter\(", path.read_text())
    ]
    assert found == [root / "privacy/safe_csv.py"]
