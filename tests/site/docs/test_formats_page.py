"""The page about formats matches the code: formats, question kinds and columns."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from authoring.formats import csv, gift, h5p, moodle, olx, qti, registry
from authoring.formats.csv import columns, reader
from authoring.formats.csv import writer as table_writing
from authoring.formats.gift import writer as gift_writing
from authoring.formats.moodle import question_writer as moodle_writing
from authoring.formats.olx import blocks, problem_writer
from authoring.formats.qti import item_writer
from authoring.formats.text import safe_xml
from authoring.imports import archive_reader
from courses.question_types.registry import QUESTION_TYPES
from tests.platform.authoring.formats import test_readers

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
DATA = ROOT / "tests/data/formats"
READ = {
    "moodle.gift": gift,
    "moodle.xml": moodle,
    "questions.csv": csv,
    "qti": qti,
    "qti3": qti,
    "h5p": h5p,
    "olx": olx,
}


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table whose head begins with this cell."""
    lines = PAGE[PAGE.index(f"| {heading} |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_each_format_is_listed_with_its_contents():
    told = {name.strip("`"): (written.strip("`"), units) for name, _, _, written, units in
            rows("format")}  # fmt: skip
    assert told == {
        one.name: (
            one.suffix if one.name in registry.EXPORT_FORMATS else "no",
            ", ".join(
                kind for kind in ("video", "external", "reading", "quiz") if kind in one.units
            ),
        )
        for one in registry.FORMATS.values()
    }


def test_each_question_kind_that_a_format_holds_is_listed():
    told = {kind.strip("`"): held for kind, *held in rows("kind")}
    writers = (problem_writer, item_writer, table_writing, gift_writing, moodle_writing)
    assert set(told) == set().union(*(one.KINDS for one in writers)) <= set(QUESTION_TYPES)
    for kind, held in told.items():
        assert [cell != "no" for cell in held] == [kind in one.KINDS for one in writers]


def test_each_column_of_the_table_is_listed():
    told = [re.sub(r"_1` …", "", cell).strip("`") for cell, _ in rows("column")]
    known_ones = [
        *columns.FIRST_COLUMNS,
        *columns.ANSWER_COLUMNS,
        *columns.NUMBERED,
        *columns.LAST_COLUMNS,
    ]
    assert told == known_ones


@pytest.mark.parametrize("name", READ)
def test_losses_of_our_own_packages_are_listed(tmp_path, name):
    _, _, left_out = test_readers.read(READ[name], DATA / name, tmp_path)
    told = [
        re.compile(re.escape(cell.strip("`")).replace("x", r"[\w ]+?", 1))
        for cell, _ in rows("counted")
    ]
    exact = {cell.strip("`") for cell, _ in rows("counted")}
    missing = [
        what for what in left_out
        if what not in exact and not any(one.fullmatch(what) for one in told)
    ]  # fmt: skip
    assert not missing
    assert isinstance(left_out, Counter)


def test_the_limits_are_those_of_the_code():
    for number in (
        archive_reader.MAX_ENTRIES,
        safe_xml.MAX_NODES,
        blocks.MAX_BLOCKS,
        reader.MAX_ROWS,
    ):
        assert f"{number:,}" in PAGE
    assert f"over {archive_reader.MAX_BYTES // 1024**3} GB" in PAGE
    assert f"over {safe_xml.MAX_BYTES // 1024**2} MB" in PAGE
    assert f"over {safe_xml.MAX_DEPTH} elements deep" in PAGE
