"""Empatica E4 folders: every file on one clock in the Streams' units; errors name the file."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.datasets import WrongFolder
from emotion.datasets.formats.empatica import BACKEND, read
from tests.fixtures.emotion.empatica_folders import START, folder


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    return folder(tmp_path_factory.mktemp("e4") / "S02", seconds=90)


@pytest.fixture
def copied(recorded, tmp_path):
    for path in recorded.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def change(path, line, text):
    lines = path.read_text().splitlines()
    lines[line - 1] = text
    path.write_text("\n".join(lines) + "\n")


def test_it_reads_every_stream_on_one_clock(recorded):
    found = read(recorded)
    assert found.began_utc == START
    assert found.length_s == pytest.approx(90)
    assert {name: rows.period_s for name, rows in found.streams.items()} == {
        "ppg": 1 / 64,
        "eda": 0.25,
        "temp": 0.25,
        "acc": 1 / 32,
        "heart": 2.0,
    }
    assert found.streams["heart"].times[0] == 10
    assert found.tags_s.tolist() == [60, 90]


def test_a_file_that_begins_later_is_placed_later(copied):
    change(copied / "EDA.csv", 1, f"{START + 7:f}")
    found = read(copied)
    assert found.streams["eda"].times[0] == 7
    assert found.streams["temp"].times[0] == 0


def test_acceleration_is_in_thousandths_of_g(recorded):
    resting = np.linalg.norm(read(recorded).streams["acc"].values, axis=1)
    assert np.median(resting) == pytest.approx(63 * 1000 / 64, rel=0.02)


def test_a_second_has_the_mean_interval_of_its_beats(recorded):
    path = recorded / "IBI.csv"
    kept = path.read_text()
    path.write_text(f"{START:f}, IBI\n20.1,0.8\n20.9,0.9\n22.5,0.7\n")
    heart = read(recorded).streams["heart"]
    path.write_text(kept)
    intervals = {int(t): rr for t, rr in heart.values[:, [0, 2]] if not np.isnan(rr)}
    assert intervals == pytest.approx({20: 850.0, 22: 700.0})


def test_intervals_and_tags_may_be_missing_or_empty(copied):
    (copied / "IBI.csv").write_text("")
    for tags in copied.glob("tags*"):
        tags.unlink()
    found = read(copied)
    assert np.isnan(found.streams["heart"].values[:, 2]).all()
    assert len(found.tags_s) == 0


def test_a_window_contains_only_its_time(recorded):
    window = read(recorded).window(30.0, 40.0)
    assert {name: len(track.times) for name, track in window.streams.items()} == {
        "ppg": 640,
        "eda": 40,
        "temp": 40,
        "acc": 320,
        "heart": 11,  # the row of second 29 still applies in second 30
    }
    assert {track.backend for track in window.streams.values()} == {BACKEND}


def test_it_names_the_files_missing_from_a_partial_folder(copied):
    (copied / "EDA.csv").unlink()
    (copied / "HR.csv").unlink()
    with pytest.raises(WrongFolder, match=r"without EDA\.csv, HR\.csv"):
        read(copied)


def test_it_names_a_missing_folder(tmp_path):
    with pytest.raises(WrongFolder, match="S99"):
        read(tmp_path / "S99")


@pytest.mark.parametrize(
    ("file", "line", "text", "said"),
    [
        ("EDA.csv", 7, "much", r"EDA\.csv.*much.*"),
        ("EDA.csv", 7, "nan", r"EDA\.csv: line 7"),
        ("BVP.csv", 9, "1.0,2.0", r"BVP\.csv.*columns"),
        ("ACC.csv", 5, "1,2", r"ACC\.csv.*columns"),
        ("TEMP.csv", 1, "monday", r"TEMP\.csv.*start in UTC"),
        ("TEMP.csv", 2, "0.0", r"TEMP\.csv.*above 0"),
        ("ACC.csv", 2, "32, 32, 64", r"ACC\.csv.*equal"),
        ("IBI.csv", 3, "12.5", r"IBI\.csv.*columns"),
        ("HR.csv", 1, f"{START + 4000:f}", "one recording"),
    ],
)
def test_it_refuses_implausible_content_and_names_its_place(copied, file, line, text, said):
    change(copied / file, line, text)
    with pytest.raises(WrongFolder, match=said):
        read(copied)
