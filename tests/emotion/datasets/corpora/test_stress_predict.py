"""Stress-Predict in the archive's layout: people, recordings and the label of each second."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.datasets import WrongFolder
from emotion.datasets.corpora import stress_predict
from emotion.datasets.corpora.stress_predict import StressPredictPerson
from tests.fixtures.emotion.empatica_folders import study


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return study(tmp_path_factory.mktemp("sp") / "stress-predict", people=2, seconds=70)


def labels_of(root):
    return next((root / "Processed_data").glob("*.csv"))


def test_it_finds_the_layout_from_the_outer_folder_and_from_raw_data(archive):
    for told in (archive, archive.parent, archive / "Raw_data"):
        assert stress_predict.list_people(told) == ["S02", "S03"]
    with pytest.raises(WrongFolder, match="Raw_data"):
        stress_predict.list_people(archive / "Raw_data" / "S02")


def test_each_person_has_labels_on_the_recordings_clock(archive):
    first, second = stress_predict.load(archive)
    assert (first.code, second.code) == ("S02", "S03")
    assert first.seconds[0] == 9
    assert first.label(10, 40) == 0
    assert first.label(60, 70) == 1


def test_a_window_has_its_majority_label_or_none(archive):
    person = stress_predict.load(archive)[0]
    assert person.label(40, 70) == 0
    assert person.label(50, 70) == 1  # a tie
    assert person.label(0, 12) is None  # nine of twelve seconds have no label


def test_it_names_tasks_by_their_order():
    labels = np.repeat([0, 1, 0, 1, 0, 1], 10)
    person = StressPredictPerson("S02", None, np.arange(60.0), labels)
    told = [person.task(at, at + 10) for at in (0, 10, 30, 50)]
    assert told == ["rest", "stroop", "interview", "hyperventilation"]


def test_it_refuses_recordings_without_labels(archive):
    path = labels_of(archive)
    kept = path.read_text()
    path.write_text("\n".join(line for line in kept.splitlines() if not line.startswith("3,")))
    with pytest.raises(WrongFolder, match="without labels of S03"):
        stress_predict.list_people(archive)
    path.write_text(kept)


@pytest.mark.parametrize(
    ("line", "said"),
    [("2,70,12,1644227600,2", "line 3.*0 or 1"), ("2,70,12,soon,1", "line 3.*numbers")],
)
def test_it_refuses_a_wrong_label_row_and_names_it(archive, line, said):
    path = labels_of(archive)
    kept = path.read_text()
    lines = kept.splitlines()
    path.write_text("\n".join([*lines[:2], line, *lines[3:]]))
    with pytest.raises(WrongFolder, match=said):
        stress_predict.load(archive)
    path.write_text(kept)


def test_the_digest_changes_with_any_file(archive):
    before = stress_predict.digest(archive)
    assert stress_predict.digest(archive.parent) == before
    path = archive / "Raw_data" / "S02" / "TEMP.csv"
    kept = path.read_text()
    path.write_text(kept.replace("33.", "34.", 1))
    assert stress_predict.digest(archive) != before
    path.write_text(kept)


def test_people_are_read_one_at_a_time(archive):
    """The second person's recording is cut short; the first is still returned."""
    path = archive / "Raw_data" / "S03" / "TEMP.csv"
    kept = path.read_text()
    path.write_text("")
    found = stress_predict.iterate_people(archive)
    assert next(found).code == "S02"
    with pytest.raises(WrongFolder):
        next(found)
    path.write_text(kept)
