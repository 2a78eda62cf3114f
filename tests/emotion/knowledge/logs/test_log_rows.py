"""Logs of answers in their various file formats: read by column, or refused by line and column."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.knowledge.logs.log_rows import ABSENT, read_rows
from emotion.knowledge.logs.response_log import BadLog, read

INPUTS = Path("tests/data/inputs/kt")

# Folder -> the items' names in order, right or wrong, the skills' names, and their order.
READ = {
    "bom": ("0 1", "10", "A A", "file"),
    "collide": ("0 1", "10", "A B", "file"),
    "comma-skill": ("0 1 0", "101", "A A A", "file"),
    "float-id": ("0 1", "10", "AB A", "log"),
    "junyi": ("0", "1", "A", "time"),
    "nan-skill": ("0 1 0", "101", "A B C", "file"),
    "no-skill": ("0 1 0", "101", "A B C", "file"),
    "order": ("0 1 2", "001", "A A A", "time"),
    "quoted-newline": ("0 1", "10", "A A", "file"),
    "semicolon": ("0 1", "10", "A A", "file"),
    "time-text": ("0 1 2", "101", "A A A", "time"),
    "true-false": ("0 1", "10", "A A", "file"),
}
REFUSED = {
    "ednet": r"expected a column for user, correct .* got timestamp",
    "partial": r"line 2, column correct: .* got '0\.25'",
}


def log_in(folder):
    return read(folder / "preprocessed_data_train.csv")[0]


def skills_of(log):
    return ["".join("ABCDE"[code] for code in log.skills[[row]].indices) for row in range(len(log))]


@pytest.mark.parametrize("name", sorted(path.name for path in INPUTS.iterdir() if path.is_dir()))
def test_each_input_is_read_or_refused_by_column(name):
    if name in REFUSED:
        with pytest.raises(BadLog, match=REFUSED[name]):
            log_in(INPUTS / name)
        return
    items, correct, skills, ordered_by = READ[name]
    log = log_in(INPUTS / name)
    assert log.items.tolist() == [int(item) for item in items.split()]
    assert log.correct.tolist() == [int(mark) for mark in correct]
    assert skills_of(log) == skills.split()
    assert log.ordered_by == ordered_by


TEXTS = st.text("aä+,;/\"'\n π-5N", min_size=1, max_size=6).map(str.strip)
# A cell may name several skills between semicolons; codes with a digit also between commas.
SEVERAL = re.compile(";|5.*,|,.*5")
NAMES = TEXTS.filter(lambda name: name and name not in ABSENT and not SEVERAL.search(name))
TIMES = {
    "seconds": lambda minutes: str(minutes * 60),
    "microseconds": lambda minutes: str(1420714810324490 + minutes),
    "date": lambda minutes: str(datetime(2012, 9, 28) + timedelta(minutes=minutes)),
    "zoned": lambda m: (datetime(2012, 9, 28, tzinfo=UTC) + timedelta(minutes=m)).isoformat(),
}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "latin-1")


@settings(max_examples=60, deadline=None)
@given(
    skills=st.lists(st.one_of(st.just(None), NAMES), min_size=1, max_size=8),
    mark=st.sampled_from("\t;,"),
    encoding=st.sampled_from(ENCODINGS),
    clock=st.sampled_from(sorted(TIMES)),
    data=st.data(),
)
def test_a_log_is_read_the_same_in_every_dialect_and_row_order(
    tmp_path_factory, skills, mark, encoding, clock, data
):
    """Answers are returned oldest first; two share a skill if their rows name the same one."""
    if encoding == "latin-1":
        skills = [skill and skill.replace("π", "p") for skill in skills]
    absent = st.sampled_from(["", "NaN", "nan", "NULL", "N/A"])
    said = ["true", "1", "1.0", "False", "0", "0.0"]
    marks = [data.draw(st.integers(0, 5)) for _ in skills]
    rows = [
        ["u", minute, said[right], skill or data.draw(absent), TIMES[clock](minute)]
        for minute, (right, skill) in enumerate(zip(marks, skills, strict=True))
    ]
    text = io.StringIO(newline="")
    table = csv.writer(text, delimiter=mark)
    table.writerow(["user_id", "problem_id", "correct", "skill_name", "start_time"])
    table.writerows(data.draw(st.permutations(rows)))
    file = tmp_path_factory.mktemp("log") / "log.csv"
    file.write_bytes(text.getvalue().encode(encoding))
    (log,) = read(file)
    assert log.correct.tolist() == [int(right < 3) for right in marks]
    shared = (log.skills @ log.skills.T).toarray() > 0
    np.fill_diagonal(shared, True)
    wanted = [[one is not None and one == other for other in skills] for one in skills]
    for row in range(len(skills)):
        wanted[row][row] = True
    assert shared.tolist() == wanted


REFUSALS = [
    ("start_time", "28.09.2012 15:11", "column start_time: expected a number or a date"),
    ("start_time", "", "column start_time: expected a value"),
    ("start_time", "nan", "column start_time: expected a value"),
    ("start_time", "inf", "column start_time: expected a number or a date"),
    ("start_time", "2012-09-28 15:10:27+02:00", "column start_time: .* as on the lines before"),
    ("start_time", "1348845027", "column start_time: .* as on the lines before"),
    ("correct", "", "column correct: expected correct to be 0 or 1"),
    ("correct", "2", "column correct: expected correct to be 0 or 1"),
    ("user_id", "NaN", "column user_id: expected a value"),
    ("problem_id", " ", "column problem_id: expected a value"),
    ("skill_name", "Operations +,-,/", "has 7 columns, the header 5"),
    ("skill_name", '"A" or B', "not a table"),
    ("skill_name", '"A', "not a table"),
]


@pytest.mark.parametrize(("column", "cell", "said"), REFUSALS)
def test_an_ambiguous_cell_is_refused_by_line_and_column(tmp_path, column, cell, said):
    names = ["user_id", "problem_id", "correct", "skill_name", "start_time"]
    good = ["1", "10", "1", "A", "2012-09-28 15:10:27"]
    bad = [cell if name == column else value for name, value in zip(names, good, strict=True)]
    file = tmp_path / "log.csv"
    file.write_text(
        "\n".join(",".join(row) for row in (names, good, ["2", "11", "0", '"B\nC"', good[-1]], bad))
    )
    with pytest.raises(BadLog, match=rf"line 5.*{said}"):
        read(file)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected a column for user, item, correct"),
        ("user,item,correct\n", "expected answers below the header"),
        ("user,item,item,correct\na,p,q,1\n", "two columns are called item"),
        ("user,item,correct,order\na,p,1,x17\n", "line 2, column order: expected a number"),
    ],
)
def test_a_file_without_unambiguous_answers_is_refused(tmp_path, text, said):
    (tmp_path / "log.csv").write_text(text)
    with pytest.raises(BadLog, match=said):
        read(tmp_path / "log.csv")


def test_a_file_truncated_inside_a_character_is_refused(tmp_path):
    (tmp_path / "log.csv").write_bytes("user,item,correct\na,p,1".encode("utf-16")[:-1])
    with pytest.raises(BadLog, match="is not UTF-16 to its end"):
        read(tmp_path / "log.csv")


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("5,6", {"5", "6"}),
        ("5.0;KC1~~x", {"5", "KC1", "x"}),
        ("+;-;/", {"+;-;/"}),
        ("Mean, Median, Mode", {"Mean, Median, Mode"}),
        ("Na", {"Na"}),
        ("5;NaN", {"5"}),
    ],
)
def test_a_cell_is_split_into_its_skills(tmp_path, cell, wanted):
    (tmp_path / "log.csv").write_text(f'user,item,correct,skill\na,p,1,"{cell}"\n')
    (row,) = read_rows(tmp_path / "log.csv")
    assert set(row.skills) == wanted
