"""Reading a file of people: encodings, separators, headings, dates; no bytes cause an exception."""

from __future__ import annotations

import json
import tracemalloc
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stewardship.people.imports.files import csv_table, packed_rows
from stewardship.people.imports.files.birth_dates import (
    AmbiguousDate,
    find_order,
    kind_of_date,
    read_date,
)
from stewardship.people.imports.files.csv_table import UnreadableFile, read_table
from stewardship.people.imports.files.row_parser import RowReader

TODAY = date(2026, 11, 26)
TEXT = "Schüler-Nr.;Vorname;Nachname;E-Mail\n7;Zoë;Müller;zoe@school.example\n"
HEADS = ("number", "name", "first name", "username", "e-mail", "dob", "role", "house")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_it_reads_what_office_programs_save(encoding, separator):
    found = read_table(TEXT.replace("Nr.", "Nr").replace(";", separator).encode(encoding))

    assert found.columns == ["number", "first_name", "last_name", "email"]
    assert list(found.rows) == [(2, ["7", "Zoë", "Müller", "zoe@school.example"])]


def test_cells_of_other_columns_are_not_even_read():
    found = read_table(b"number,name,shoe size\n7,Mia,39\n")

    assert found.left_out == ["shoe size"]
    assert list(found.rows) == [(2, ["7", "Mia"])]


def test_the_heading_may_follow_excels_note_of_the_separator():
    assert list(read_table(b"sep=;\nnumber;name\n7;Mia\n").rows) == [(3, ["7", "Mia"])]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_cell_in_quotation_marks_may_hold_line_breaks(end):
    lines = ["number,name,house", '7,"Mia', 'Meyer","Red', 'House"', "8,Noah,Blue", ""]
    found = read_table(end.join(lines).encode())

    assert list(found.rows) == [(2, ["7", "Mia Meyer"]), (3, ["8", "Noah"])]


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (b"\x89PNG\0", "not a text file"),
        (b"", "list is empty"),
        (b"number,name\n", "list is empty"),
        (b"name,house\nMia,Red\n", "must contain the column names"),
        (b"number,name\n1," + b"x" * 6000, "Row 2 is too long"),
        (b'number,name\n1,Mia\n2,"Noah\n3,Ben\n', "In row 3, a quotation mark is not closed"),
        (b'number,name\n1,"Mia" M.\n', "In row 2, a quotation mark"),
        (b'number,name\n1,"' + b"x\n" * 90_000, "In row 2, a quotation mark"),
    ],
)
def test_it_reports_what_is_wrong_with_a_file(sent, sentence):
    with pytest.raises(UnreadableFile, match=sentence):
        read_table(sent)


def test_it_says_when_a_file_is_too_large(monkeypatch):
    monkeypatch.setattr(csv_table, "MOST_ROWS", 2)
    read_table(b"number,name\n1,a\n2,b\n")
    with pytest.raises(UnreadableFile, match="more than 2 rows"):
        read_table(b"number,name\n1,a\n2,b\n3,c\n")
    monkeypatch.setattr(csv_table, "LARGEST_FILE", 10)
    with pytest.raises(UnreadableFile, match="larger than"):
        read_table(b"number,name\n1,a\n")


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["14/03/2011", "03/04/2011"], ("dmy", False)),
        (["03/14/2011", "03/04/2011"], ("mdy", False)),
        (["03/04/2011"], ("", True)),
        (["14/03/2011", "03/14/2011"], ("", False)),
        (["14/03/2011", "03/14/2011", "03/04/2011"], ("", True)),
        (["2011-03-14", "14.3.2011", "05/05/2011"], ("", False)),
    ],
)
def test_the_whole_column_decides_whether_the_day_comes_first(texts, order):
    assert find_order(Counter(map(kind_of_date, texts))) == order


def test_dates_in_every_order():
    assert read_date("2011-03-04", "mdy") == date(2011, 3, 4)
    assert read_date("4.3.2011", "mdy") == date(2011, 3, 4)
    assert read_date("03/04/2011", "mdy") == date(2011, 3, 4)
    assert read_date("03/04/2011", "dmy") == date(2011, 4, 3)
    with pytest.raises(AmbiguousDate):
        read_date("03/04/2011", "")
    for wrong in ("31/02/2011", "2011-13-01", "4.3.11", "soon", ""):
        with pytest.raises(ValueError, match=r"date|month|day|range"):
            read_date(wrong, "")


def problem_of(**typed):
    found = RowReader(list(typed), "", TODAY).read(2, list(typed.values()))
    return found.problem and found.problem.key


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"email": "lena@northfield"}, "email"),
        ({"born": "31/02/2011"}, "date"),
        ({"born": "03/04/2011"}, "date_order"),
        ({"born": "2030-01-01"}, "date_range"),
        ({"roles": "student, wizard"}, "role"),
        ({"login": "mi\u00adno"}, "login_invisible"),
        ({"name": "x" * 201}, "name_long"),
        ({"guardian": "greta@"}, "guardian"),
        ({"roles": "Schüler / Lehrkraft", "email": "a@b.example"}, None),
    ],
)
def test_one_plain_problem_for_a_row(typed, problem):
    assert problem_of(**typed) == problem


def files():
    cell = st.text(st.characters(codec="utf-8"), max_size=12)
    row = st.lists(cell, min_size=0, max_size=9).map(";".join)
    heads = st.lists(st.sampled_from(HEADS), min_size=1, max_size=8).map(";".join)
    texts = st.tuples(heads, st.lists(row, max_size=6)).map(lambda t: "\n".join([t[0], *t[1]]))
    return st.one_of(st.binary(max_size=300), texts.map(str.encode))


@given(files())
def test_no_bytes_cause_an_exception_and_every_row_is_read_or_has_a_problem(sent):
    try:
        found = read_table(sent)
    except UnreadableFile:
        return
    reader = RowReader(found.columns, "", TODAY)
    for number, cells in found.rows:
        typed = reader.read(number, cells)
        assert typed.row == number
        if typed.problem:
            assert typed.problem.sentence()


def test_packed_rows_can_be_read_whole_and_repeatedly():
    rows = [(2, ["7", 'Zoë "Z", \u2028 \n']), (5, ["", "Ben"])]
    packed = packed_rows.pack(iter(rows))

    assert list(packed) == list(packed) == rows
    assert (len(packed), rows[0] in packed, (9, []) in packed) == (2, True, False)
    assert list(packed_rows.PackedRows.from_json(packed.as_json())) == rows
    assert "Zo" not in repr(packed)


def test_a_table_survives_a_round_trip_through_json():
    found = read_table(TEXT.encode())
    again = csv_table.PeopleTable.from_json(json.loads(json.dumps(found.as_json())))
    packed = packed_rows.pack(list(found.rows))
    repacked = csv_table.PeopleTable(found.columns, found.headings, found.left_out, packed)

    assert again == found
    assert csv_table.PeopleTable.from_json(repacked.as_json()) == found


def test_a_long_file_takes_little_memory():
    lines = (f"{n};Lena;Fischer {n};person{n}@school.example;2011-03-14" for n in range(20_000))
    sent = "\n".join(["number;first name;last name;email;born", *lines]).encode()
    tracemalloc.start()
    try:
        found = read_table(sent)
        found.as_json()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert len(found.rows) == 20_000
    assert peak < 4 * len(sent)
