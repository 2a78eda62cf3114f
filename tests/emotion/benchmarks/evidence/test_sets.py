"""Readers of public sets, on tiny invented tables with the columns of each."""

from __future__ import annotations

import json

import numpy as np
import pytest

from emotion.benchmarks import CannotMeasure
from emotion.benchmarks.evidence import mouse_sets, other_sets, typing_set
from emotion.benchmarks.evidence.sets import READERS
from emotion.benchmarks.evidence.tables import LEVELS, read_columns, take_labelled, to_number
from emotion.benchmarks.evidence.typing_set import TYPING
from tests.fixtures.emotion import evidence_sets as made


def by_state(tables):
    return {(table.stream, table.state): table for table in tables}


@pytest.mark.parametrize(
    ("read", "write", "expected"),
    [
        (
            typing_set.read_keyboard,
            made.write_keyboard,
            {("typing", level) for level in LEVELS},
        ),
        (
            mouse_sets.read_mouse_online,
            made.write_mouse_online,
            {("pointer", state) for state in ("stress", "valence", "arousal")},
        ),
        (
            mouse_sets.read_mouse_lab,
            made.write_mouse_lab,
            {
                *((stream, "stress") for stream in ("pointer", "typing", "heart", "eda")),
                ("pointer", "valence"),
                ("pointer", "arousal"),
            },
        ),
        (
            other_sets.read_sb_sat,
            made.write_sb_sat,
            {("gaze", s) for s in ("difficulty", "interest", "confidence", "sleepiness")},
        ),
        (other_sets.read_vreed, made.write_vreed, {("gaze", f"film category {n}") for n in "0123"}),
        (other_sets.read_wesad, made.write_wesad, {("wristband", "stress")}),
        (other_sets.read_eeg, made.write_eeg, {("eeg", "confusion")}),
    ],
)
def test_each_set_gives_its_streams_and_states(tmp_path, read, write, expected):
    tables = by_state(read(write(tmp_path / "set")))
    assert tables.keys() == expected
    for table in tables.values():
        size = len(table.labels)
        assert table.rows.shape[0] == table.known.shape[0] == len(table.people) == size
        assert set(table.labels.tolist()) <= {-1, 0, 1}


def test_every_set_is_known_by_another_file():
    assert len({data.file for data in READERS}) == len(READERS)


def test_typing_is_described_from_the_key_events(tmp_path):
    path = made.write_keyboard(tmp_path, people=1, texts=2)
    table = by_state(typing_set.read_keyboard(path))["typing", "arousal"]
    told = dict(zip(TYPING, table.rows[0], strict=False))
    assert np.exp(told["log_dwell"]) == pytest.approx(0.09, abs=0.01)
    assert np.exp(told["log_latency"]) == pytest.approx(0.2, abs=0.02)
    assert told["corrections"] == pytest.approx(1 / 14)
    assert told["pauses"] == 0
    assert told["overlaps"] == 0
    assert table.labels.tolist() == [0, 1]


def test_which_key_it_was_changes_nothing_but_corrections(tmp_path):
    path = made.write_keyboard(tmp_path, people=2)
    before = typing_set.read_keyboard(path)[0].rows
    import gzip

    with gzip.open(path, "rt") as file:
        other = json.loads(file.read().replace('"key": "a"', '"key": "q"'))
    with gzip.open(path, "wt") as file:
        json.dump(other, file)
    np.testing.assert_array_equal(typing_set.read_keyboard(path)[0].rows, before)


def test_people_without_a_check_are_counted_as_missing(tmp_path):
    tables = by_state(mouse_sets.read_mouse_lab(made.write_mouse_lab(tmp_path, lost=2)))
    assert tables["eda", "stress"].missing_people == 2
    assert len(np.unique(tables["eda", "stress"].people)) == made.PEOPLE - 2


def test_stress_is_the_stressful_condition(tmp_path):
    table = by_state(mouse_sets.read_mouse_lab(made.write_mouse_lab(tmp_path, resistance=-50)))[
        "eda", "stress"
    ]
    difference = table.rows[:, -1]  # of the last task, from the person's own mean
    assert (difference[table.labels == 1] < difference[table.labels == 0].min()).all()


def test_only_reading_counts_and_a_level_is_the_persons_own(tmp_path):
    tables = by_state(other_sets.read_sb_sat(made.write_sb_sat(tmp_path)))
    difficulty, confidence = tables["gaze", "difficulty"], tables["gaze", "confidence"]
    assert len(difficulty.labels) == made.PEOPLE * 4
    assert sorted(set(difficulty.labels.tolist())) == [0, 1]
    assert set(confidence.labels.tolist()) == {-1}  # everybody said the same throughout
    assert len(take_labelled(confidence).labels) == 0
    assert take_labelled(confidence).missing_people == made.PEOPLE


def test_a_missing_column_or_file_is_named(tmp_path):
    path = made.write_vreed(tmp_path)
    with pytest.raises(CannotMeasure, match="other"):
        read_columns(path, ["Subject_ID", "other"])
    path.write_text("Subject_ID,Num_of_Fixations\n1,2\n")
    with pytest.raises(CannotMeasure, match="Quad_Cat"):
        other_sets.read_vreed(path)


@pytest.mark.parametrize(
    ("text", "number"), [("1.5", 1.5), ("1,5", 1.5), (" 3 ", 3.0), (".", None), ("", None),
                         (None, None), ("inf", None)]
)  # fmt: skip
def test_a_number_may_have_a_comma_and_anything_else_is_unknown(text, number):
    found = to_number(text)
    assert np.isnan(found) if number is None else found == number


@pytest.mark.parametrize("data", READERS, ids=lambda data: data.name)
@pytest.mark.parametrize("broken", ["empty", "no lines", "no numbers", "half"])
def test_a_broken_file_is_refused_by_name_whichever_the_set(tmp_path, data, broken):
    """Each reader, also of its second file: an error that names the file, or nothing usable."""
    made.WRITERS[data.name](tmp_path)
    for path in sorted(tmp_path.iterdir()):
        whole = path.read_bytes()
        path.write_bytes(
            {
                "empty": b"",
                "no lines": whole.split(b"\n")[0] + b"\n",
                "no numbers": b"\xff\x00" * 40,
                "half": whole[: len(whole) // 2],
            }[broken]
        )
        refusal, tables = read_or_refuse(READERS[data], tmp_path / data.file)
        assert str(tmp_path) in refusal or tables
        if broken != "half":
            assert all(len(each.labels) == 0 for each in tables)
        path.write_bytes(whole)


def read_or_refuse(read, path):
    """Return the refusal, if any, and the tables."""
    try:
        return "", [take_labelled(each) for each in read(path)]
    except CannotMeasure as wrong:
        return str(wrong), []


@pytest.mark.parametrize(
    ("data", "second"), [("mouse-lab", "Aggregated_Mouse_Data.csv"), ("sb-sat", "18sat_labels.csv")]
)
def test_a_second_file_that_is_not_there_is_named(tmp_path, data, second):
    path = made.WRITERS[data](tmp_path)
    (tmp_path / second).unlink()
    (reader,) = (read for each, read in READERS.items() if each.name == data)
    with pytest.raises(CannotMeasure, match=second):
        reader(path)
