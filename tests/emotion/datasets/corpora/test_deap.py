"""DEAP in its real layout, made here: two people, two videos."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.datasets import WrongFolder
from emotion.datasets.corpora import deap
from tests.fixtures.emotion.python2_pickles import pickle_as_python2

SAMPLES = 5 * 128


def recording(seed):
    data = np.random.default_rng(seed).normal(size=(2, 40, SAMPLES))
    data[:, :, : 3 * 128] = 1e6
    return {"data": data, "labels": np.array([[5.0, 5.1, 3, 4], [1, 9, 2, 2]])}


@pytest.fixture
def folder(tmp_path):
    at = tmp_path / "data_preprocessed_python"
    at.mkdir()
    for person, seed in (("s01", 1), ("s02", 2)):
        (at / f"{person}.dat").write_bytes(pickle_as_python2(recording(seed)))
    rows = [
        "Participant_id,Trial,Experiment_id,Start_time,Valence",
        "1,1,2,0,1",
        "1,2,1,0,5",
        "2,1,1,0,5",
    ]
    (tmp_path / "participant_ratings.csv").write_text("\n".join(rows))
    film = tmp_path / "face_video" / "s01" / "s01_trial02.avi"
    film.parent.mkdir(parents=True)
    film.touch()
    return tmp_path


def test_each_trial_has_its_signals_without_the_baseline_before_the_video(folder):
    whole = recording(1)["data"]
    first, second = deap.iterate_trials(folder, "s01")

    assert deap.list_people(folder) == ["s01", "s02"]
    assert (first.person, first.video, second.video) == ("s01", "01", "02")
    for name, channel in {"eda": 36, "resp": 37, "ppg": 38, "temp": 39}.items():
        np.testing.assert_array_equal(second.signals[name].values, whole[1, channel, 384:])
    np.testing.assert_array_equal(first.signals["eeg"].values, whole[0, :32, 384:].T)
    assert first.signals["ppg"].seconds == 2


def test_ratings_become_paper_2s_labels(folder):
    first, second = deap.iterate_trials(folder, "s01")

    assert first.ratings == {"valence": 5, "arousal": 5.1, "dominance": 3, "liking": 4}
    assert [first.high(name, deap.THRESHOLD) for name in ("valence", "arousal")] == [0, 1]
    assert second.high("valence", deap.THRESHOLD) == 0
    assert second.high("happiness", deap.THRESHOLD) is None


def test_the_film_of_a_video_comes_from_the_trial_that_showed_it(folder):
    """Data are ordered by video, films by the order of presentation."""
    first, second = deap.iterate_trials(folder, "s01")

    assert first.face == folder / "face_video" / "s01" / "s01_trial02.avi"
    assert second.face is None
    (folder / "participant_ratings.csv").unlink()
    assert next(deap.iterate_trials(folder, "s01")).face is None


def test_the_inner_folder_is_accepted(folder):
    assert len(list(deap.iterate_trials(folder / "data_preprocessed_python", "s02"))) == 2


def test_a_signal_with_a_missing_sample_is_left_out(folder):
    spoilt = recording(1)
    spoilt["data"][0, 38, 400] = np.nan
    (folder / "data_preprocessed_python" / "s01.dat").write_bytes(pickle_as_python2(spoilt))
    first, second = deap.iterate_trials(folder, "s01")

    assert "ppg" not in first.signals
    assert "eda" in first.signals
    assert "ppg" in second.signals


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({"data": np.zeros((2, 40, 9))}, "expected `data` and `labels`"),
        ([1], "expected `data` and `labels`"),
        (
            {"data": np.zeros((2, 32, 9)), "labels": np.zeros((2, 4))},
            r"got \(2, 32, 9\)",
        ),
        ({"data": np.zeros((2, 40, 9)), "labels": np.zeros((3, 4))}, r"and \(3, 4\)"),
        ({"data": "x", "labels": np.zeros((3, 4))}, "of numbers"),
    ],
)
def test_a_file_not_in_the_layout_is_named(folder, held, said):
    (folder / "data_preprocessed_python" / "s01.dat").write_bytes(pickle_as_python2(held))

    with pytest.raises(WrongFolder, match=rf"s01\.dat: .*{said}"):
        list(deap.iterate_trials(folder, "s01"))


def test_a_wrong_folder_is_named(folder, tmp_path):
    with pytest.raises(WrongFolder, match=r"face_video: expected DEAP's s01\.dat"):
        deap.list_people(folder / "face_video")
    with pytest.raises(WrongFolder, match="nowhere: expected a folder, found none"):
        deap.list_people(tmp_path / "nowhere")
    with pytest.raises(WrongFolder, match=r"s07\.dat: expected the recording of s07"):
        list(deap.iterate_trials(folder, "s07"))
    (folder / "participant_ratings.csv").write_text("a,b\n1,2\n")
    with pytest.raises(WrongFolder, match=r"participant_ratings\.csv: expected columns"):
        list(deap.iterate_trials(folder, "s01"))
