"""docs/coverage.md: each path in its table exists, and its counts are those of its rows."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
REACHES = ("LIVE", "UNREAD", "COMMAND", "TEST", "NONE")
# How the note of a LIVE row begins that only researchers reach, by the name of its count.
PARTS = {
    "of these: tables page": "Tables page",
    "of those: with the data set": "Tables page, with the data set",
}
CLAIMS = 171
ROWS = [
    [cell.strip() for cell in line.split("|")[1:-1]]
    for line in (ROOT / "docs" / "coverage.md").read_text().splitlines()
    if line.startswith("|")
]
CLAIM_ROWS = [row for row in ROWS if row[0].isdecimal()]


def test_each_claim_has_one_row():
    assert [int(row[0]) for row in CLAIM_ROWS] == list(range(1, CLAIMS + 1))
    assert {len(row) for row in CLAIM_ROWS} == {6}


def test_the_counts_at_the_head_are_those_of_the_rows():
    counted = Counter(row[4] for row in CLAIM_ROWS)
    assert counted.keys() <= set(REACHES)
    assert {row[0]: int(row[1]) for row in ROWS if row[0] in REACHES} == {
        reach: counted[reach] for reach in REACHES
    }


@pytest.mark.parametrize(("name", "begin"), PARTS.items())
def test_rows_that_researchers_alone_reach_are_counted(name, begin):
    counted = sum(row[5].startswith(begin) and row[4] == "LIVE" for row in CLAIM_ROWS)
    assert [int(row[1]) for row in ROWS if row[0] == name] == [counted]


@pytest.mark.parametrize("row", CLAIM_ROWS, ids=lambda row: row[0])
def test_each_path_of_a_row_exists(row):
    paths = re.findall(r"`([^`]+)`", row[3])
    assert paths or row[4] == "NONE"
    assert [path for path in paths if not (ROOT / path).exists()] == []
