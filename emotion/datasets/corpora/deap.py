"""DEAP (Koelstra et al. 2012): 32 people, 40 music videos, EEG and peripheral signals at 128 Hz.

The set is given on request and not passed on; this reads `data_preprocessed_python/s01.dat` ...,
beside it `face_video/` and `participant_ratings.csv` where they are.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from emotion.datasets import WrongFolder
from emotion.datasets.corpora.trials import Array, Signal, Trial, inside, known, sound
from emotion.datasets.formats import safe_pickle

RATE_HZ = 128.0
# Each trial begins with 3 s before the video.
BASELINE_S = 3.0
THRESHOLD = 5.0

_CHANNELS = 40
_WHERE = {"eda": 36, "resp": 37, "ppg": 38, "temp": 39}
_EEG = slice(0, 32)
_RATINGS = ("valence", "arousal", "dominance", "liking")


def people(folder: Path) -> list[str]:
    """Return the people's codes, "s01" ...; WrongFolder where there are no recordings."""
    root = inside(folder, "data_preprocessed_python")
    found = sorted(path.stem for path in root.glob("s[0-9][0-9].dat"))
    if not found:
        raise WrongFolder(f"{root}: expected DEAP's s01.dat ..., found none")
    return found


def read(folder: Path, person: str) -> Iterator[Trial]:
    """Yield a person's trials in the order of the videos' numbers, the 3 s before each cut off.

    Raises
    ------
    WrongFolder
        Where the file is missing, is no plain pickle, or is not in the layout.
    """
    path = inside(folder, "data_preprocessed_python") / f"{person}.dat"
    if not path.is_file():
        raise WrongFolder(f"{path}: expected the recording of {person}, found none")
    data, labels = _arrays(path)
    shown = _shown(folder, person)
    for video, (rows, given) in enumerate(zip(data, labels, strict=True), start=1):
        ratings = dict(zip(_RATINGS, given.tolist(), strict=True))
        yield Trial(
            person, f"{video:02d}", _signals(rows), ratings, _face(folder, person, video, shown)
        )


def _arrays(path: Path) -> tuple[Array, Array]:
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


def _signals(rows: Array) -> Mapping[str, Signal]:
    """Return the signals of (40, samples), the time before the video cut off."""
    played = rows[:, round(BASELINE_S * RATE_HZ) :].T  # (T, 40)
    named = [(name, sound(played[:, column], RATE_HZ)) for name, column in _WHERE.items()]
    return known([*named, ("eeg", sound(played[:, _EEG], RATE_HZ))])


def _face(folder: Path, person: str, video: int, shown: Mapping[int, int]) -> Path | None:
    """Return the film: its name counts trials as they were shown, the data goes by video."""
    if video not in shown:
        return None
    path = folder / "face_video" / person / f"{person}_trial{shown[video]:02d}.avi"
    return path if path.is_file() else None


def _shown(folder: Path, person: str) -> Mapping[int, int]:
    """Return, by a video's number, which trial it was; empty without participant_ratings.csv."""
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
