"""AMIGOS in its real layout, made here: nested and flat files, an empty cell, missing samples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.io import savemat

from emotion.datasets import WrongFolder
from emotion.datasets.corpora import amigos


def to_cells(values):
    found = np.empty((1, len(values)), object)
    for place, value in enumerate(values):
        found[0, place] = value
    return found


def make_content(**changes):
    rng = np.random.default_rng(3)
    joined = [rng.normal(size=(300, 17)) for _ in range(20)]
    joined[1] = np.zeros((0, 0))
    joined[2][5, 16] = np.nan
    ratings = [np.arange(1.0, 13)[None] for _ in range(20)]
    ratings[1] = np.zeros((0, 0))
    ratings[3] = np.full((1, 12), np.nan)
    ratings[4] = np.array([[4.5, 4.6, *range(10)]])
    made = {
        "joined_data": to_cells(joined),
        "labels_selfassessment": to_cells(ratings),
        "labels_ext_annotation": to_cells([np.zeros((2, 3))] * 20),
        "VideoIDs": to_cells([f"v{number}" for number in range(20)]),
    }
    return {**made, **changes}


@pytest.fixture
def folder(tmp_path):
    at = tmp_path / "data_preprocessed"
    (at / "Data_Preprocessed_P01").mkdir(parents=True)
    savemat(at / "Data_Preprocessed_P01" / "Data_Preprocessed_P01.mat", make_content())
    savemat(at / "Data_Preprocessed_P02.mat", make_content(), do_compression=True)
    (tmp_path / "face").mkdir()
    (tmp_path / "face" / "P01_v0.mov").touch()
    return tmp_path


def test_the_short_films_are_read_from_nested_and_flat_files(folder):
    assert amigos.list_people(folder) == ["P01", "P02"]
    for person in ("P01", "P02"):
        trials = list(amigos.iterate_trials(folder, person))
        assert [trial.video for trial in trials] == [f"v{number}" for number in range(16)]
    assert len(list(amigos.iterate_trials(folder, "P01", films=20))) == 20


def test_signals_are_the_right_ecg_lead_the_eda_and_the_eeg(folder):
    first = next(amigos.iterate_trials(folder, "P01"))
    whole = make_content()["joined_data"][0, 0]

    np.testing.assert_allclose(first.signals["ecg"].values, whole[:, 14])
    np.testing.assert_allclose(first.signals["eda"].values, whole[:, 16])
    np.testing.assert_allclose(first.signals["eeg"].values, whole[:, :14])
    assert first.signals["ecg"].rate_hz == 128
    assert first.face == folder / "face" / "P01_v0.mov"


def test_an_empty_cell_and_missing_samples_leave_out_their_signals(folder):
    trials = list(amigos.iterate_trials(folder, "P01"))

    assert (dict(trials[1].signals), dict(trials[1].ratings)) == ({}, {})
    assert set(trials[2].signals) == {"ecg", "eeg"}
    assert trials[2].ratings
    assert trials[3].signals
    assert not trials[3].ratings
    assert trials[1].face is None


def test_ratings_become_paper_2s_labels(folder):
    trial = list(amigos.iterate_trials(folder, "P01"))[4]

    assert trial.high("arousal", amigos.THRESHOLD) == 0
    assert trial.high("valence", amigos.THRESHOLD) == 1
    assert trial.ratings["sadness"] == 9


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"joined_data": to_cells([np.zeros((5, 14))] * 20)}, r"17 channels, got \(5, 14\)"),
        ({"joined_data": to_cells([np.zeros((5, 17))] * 19)}, "as many ratings and names"),
    ],
)
def test_a_file_not_in_the_layout_is_named(folder, changes, said):
    savemat(folder / "data_preprocessed" / "Data_Preprocessed_P02.mat", make_content(**changes))

    with pytest.raises(WrongFolder, match=rf"P02\.mat: expected .*{said}"):
        list(amigos.iterate_trials(folder, "P02"))


def test_a_wrong_or_partial_folder_is_named(folder, tmp_path):
    path = folder / "data_preprocessed" / "Data_Preprocessed_P02.mat"
    raw = path.read_bytes()
    for spoilt in (b"", raw[:100], raw[: len(raw) // 2], b"no matlab at all" * 40):
        path.write_bytes(spoilt)
        with pytest.raises(WrongFolder, match=r"P02\.mat: expected"):
            list(amigos.iterate_trials(folder, "P02"))

    short = make_content()
    del short["labels_selfassessment"]
    savemat(path, short)
    with pytest.raises(WrongFolder, match=r"P02\.mat: expected labels_selfassessment"):
        list(amigos.iterate_trials(folder, "P02"))
    with pytest.raises(WrongFolder, match="expected the recording of P09"):
        list(amigos.iterate_trials(folder, "P09"))
    with pytest.raises(WrongFolder, match="face: expected AMIGOS's"):
        amigos.list_people(folder / "face")
