"""AMIGOS (Miranda-Correa et al. 2018): 40 people, 16 short and 4 long films, EEG, ECG, EDA.

The data set is given on request and must not be passed on. This reads
`data_preprocessed/Data_Preprocessed_P01.mat` ..., each possibly in a folder of its own name, and
`face/`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from emotion.datasets import WrongFolder
from emotion.datasets.corpora.trials import (
    TrialSignal,
    VideoTrial,
    drop_missing,
    find_part,
    make_signal,
)

RATE_HZ = 128.0
THRESHOLD = 4.5
# Paper 2 removes this from the start of every signal, when the device was just connected.
CUT_S = 1.0
# The first films are the short ones, used in the papers; only some people saw the last four.
SHORT = 16

_CHANNELS = 17
_ECG_RIGHT, _EDA, _EEG = 14, 16, slice(0, 14)
_RATINGS = ("arousal", "valence", "dominance", "liking", "familiarity", "neutral", "disgust",
            "happiness", "surprise", "anger", "fear", "sadness")  # fmt: skip
_NAME = "Data_Preprocessed_"
# Exceptions of scipy for a truncated, damaged or non-MATLAB file.
_UNREADABLE = (
    MatReadError,
    ValueError,
    TypeError,
    LookupError,
    NotImplementedError,
    OSError,
    zlib.error,
)


def list_people(folder: Path) -> list[str]:
    """Return the people's codes, "P01" ...; WrongFolder if there are no recordings."""
    found = sorted(_list_files(folder))
    if not found:
        raise WrongFolder(f"{folder}: expected AMIGOS's {_NAME}P01.mat ..., found none")
    return found


def iterate_trials(folder: Path, person: str, *, films: int = SHORT) -> Iterator[VideoTrial]:
    """Yield a person's trials of the first `films` films, in their order in the file.

    A cell is empty if a person did not see a film: its trial has no signals. Signals and ratings
    with a missing sample (NaN) are left out.

    Raises
    ------
    WrongFolder
        If the file is missing, truncated or not in the layout.
    """
    path = _list_files(folder).get(person)
    if path is None:
        raise WrongFolder(f"{folder}: expected the recording of {person}, found none")
    held = _read_cells(path)
    names = [_text(cell) for cell in held["VideoIDs"]]
    for number, name in enumerate(names[:films]):
        video = name or f"{number + 1:02d}"
        face = find_part(folder) / "face" / f"{person}_{video}.mov"
        yield VideoTrial(
            person,
            video,
            _signals(path, held["joined_data"][number]),
            _ratings(held["labels_selfassessment"][number]),
            face if face.is_file() else None,
        )


def _list_files(folder: Path) -> Mapping[str, Path]:
    root = find_part(folder, "data_preprocessed")
    found = [*root.glob(f"{_NAME}P*.mat"), *root.glob(f"{_NAME}P*/{_NAME}P*.mat")]
    return {path.stem.removeprefix(_NAME): path for path in found if path.is_file()}


def _read_cells(path: Path) -> Mapping[str, list[NDArray[Any]]]:
    wanted = ("joined_data", "labels_selfassessment", "VideoIDs")
    try:
        held = loadmat(path, variable_names=wanted)
    except _UNREADABLE as wrong:
        raise WrongFolder(f"{path}: expected a MATLAB file up to version 7: {wrong}") from None
    if missing := [name for name in wanted if name not in held]:
        raise WrongFolder(f"{path}: expected {', '.join(missing)}")
    cells = {name: list(np.asarray(held[name], object).ravel()) for name in wanted}
    if len({len(found) for found in cells.values()}) != 1:
        raise WrongFolder(f"{path}: expected as many ratings and names as recordings")
    return cells


def _signals(path: Path, cell: NDArray[Any]) -> Mapping[str, TrialSignal]:
    rows = np.asarray(cell, np.float64)
    if rows.size == 0:
        return {}
    if rows.ndim != 2 or rows.shape[1] != _CHANNELS:
        raise WrongFolder(f"{path}: expected samples of {_CHANNELS} channels, got {rows.shape}")
    columns: Mapping[str, int | slice] = {"ecg": _ECG_RIGHT, "eda": _EDA, "eeg": _EEG}
    return drop_missing(
        (name, make_signal(rows[:, column], RATE_HZ)) for name, column in columns.items()
    )


def _ratings(cell: NDArray[Any]) -> Mapping[str, float]:
    given = np.asarray(cell, np.float64).ravel()
    if len(given) != len(_RATINGS) or not np.isfinite(given).all():
        return {}
    return dict(zip(_RATINGS, given.tolist(), strict=True))


def _text(cell: NDArray[Any]) -> str:
    found = np.asarray(cell).ravel()
    return str(found[0]).strip() if found.size else ""
