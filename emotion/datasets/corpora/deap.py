"""DEAP (Koelstra et al. 2012): 32 people, 40 music videos, EEG and peripheral signals at 128 Hz.

The data set is given on request and must not be passed on. This reads
`data_preprocessed_python/s01.dat` ..., and `face_video/` and `participant_ratings.csv` next to it
if they exist.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from emotion.datasets import WrongFolder
from emotion.datasets.corpora.trials import (
    Array,
    TrialSignal,
    VideoTrial,
    drop_missing,
    find_part,
    make_signal,
)
from emotion.datasets.formats import safe_pickle

RATE_HZ = 128.0
# Each trial begins with 3 s before the video.
BASELINE_S = 3.0
THRESHOLD = 5.0

_CHANNELS = 40
_WHERE = {"eda": 36, "resp": 37, "ppg": 38, "temp": 39}
_EEG = slice(0, 32)
_RATINGS = ("valence", "arousal", "dominance", "liking")


def list_people(folder: Path) -> list[str]:
    """Return the people's codes, "s01" ...; WrongFolder if there are no recordings."""
    root = find_part(folder, "data_preprocessed_python")
    found = sorted(path.stem for path in root.glob("s[0-9][0-9].dat"))
    if not found:
        raise WrongFolder(f"{root}: expected DEAP's s01.dat ..., found none")
    return found


def iterate_trials(folder: Path, person: str) -> Iterator[VideoTrial]:
    """Yield a person's trials in the order of the videos' numbers, without the 3 s before each.

    Raises
    ------
    WrongFolder
        If the file is missing, is no plain pickle, or is not in the layout.
    """
    path = find_part(folder, "data_preprocessed_python") / f"{person}.dat"
    if not path.is_file():
        raise WrongFolder(f"{path}: expected the recording of {person}, found none")
    data, labels = _read_arrays(path)
    shown = _read_trial_order(folder, person)
    for video, (rows, given) in enumerate(zip(data, labels, strict=True), start=1):
        ratings = dict(zip(_RATINGS, given.tolist(), strict=True))
        yield VideoTrial(
            person,
            f"{video:02d}",
            _signals(rows),
            ratings,
            _find_face_video(folder, person, video, shown),
        )


def _read_arrays(path: Path) -> tuple[Array, Array]:
    held = safe_pickle.read(path)
    if not isinstance(held, Mapping) or not {"data", "labels"} <= set(held):
        raise WrongFolder(f"{path}: expected `data` and `labels`")
    try:
        data, labels = (np.asarray(held[name], np.float64) for name in ("data", "labels"))
    except (TypeError, ValueError) as wrong:
        raise WrongFolder(f"{path}: expected arrays of numbers: {wrong}") from None
    if data.ndim != 3 or data.shape[1] != _CHANNELS or labels.shape != (len(data), len(_RATINGS)):
        raise WrongFolder(
            f"{path}: expected data (trials, {_CHANNELS}, samples) and labels (trials, "
            f"{len(_RATINGS)}), got {data.shape} and {labels.shape}"
        )
    return data, labels


def _signals(rows: Array) -> Mapping[str, TrialSignal]:
    """Return the signals of (40, samples), without the time before the video."""
    played = rows[:, round(BASELINE_S * RATE_HZ) :].T  # (T, 40)
    named = [(name, make_signal(played[:, column], RATE_HZ)) for name, column in _WHERE.items()]
    return drop_missing([*named, ("eeg", make_signal(played[:, _EEG], RATE_HZ))])


def _find_face_video(
    folder: Path, person: str, video: int, shown: Mapping[int, int]
) -> Path | None:
    """Return the video file: its name has the number of the trial, the data that of the video."""
    if video not in shown:
        return None
    path = folder / "face_video" / person / f"{person}_trial{shown[video]:02d}.avi"
    return path if path.is_file() else None


def _read_trial_order(folder: Path, person: str) -> Mapping[int, int]:
    """Return the number of the trial by video; empty without participant_ratings.csv."""
    found = [
        path
        for path in (folder, folder / "metadata_csv")
        if (path / "participant_ratings.csv").is_file()
    ]
    if not found:
        return {}
    path = found[0] / "participant_ratings.csv"
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    try:
        mine = [row for row in rows if int(row["Participant_id"]) == int(person[1:])]
        return {int(row["Experiment_id"]): int(row["Trial"]) for row in mine}
    except (KeyError, ValueError) as wrong:
        raise WrongFolder(
            f"{path}: expected columns Participant_id, Trial, Experiment_id: {wrong}"
        ) from None
