"""AMIGOS (Miranda-Correa et al. 2018): 40 people, 16 short and 4 long films, EEG, ECG, EDA.

The set is given on request and not passed on; this reads `data_preprocessed/
Data_Preprocessed_P01.mat` ..., each perhaps in a folder of its own name, and `face/`.
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
from emotion.datasets.corpora.trials import Signal, Trial, inside, known, sound

RATE_HZ = 128.0
THRESHOLD = 4.5
# Paper 2 cuts so much from the start of every signal, where the device had just been connected.
CUT_S = 1.0
# The first films are the short ones, which the papers use; the last four were seen by some.
SHORT = 16

_CHANNELS = 17
_ECG_RIGHT, _EDA, _EEG = 14, 16, slice(0, 14)
_RATINGS = ("arousal", "valence", "dominance", "liking", "familiarity", "neutral", "disgust",
            "happiness", "surprise", "anger", "fear", "sadness")  # fmt: skip
_NAME = "Data_Preprocessed_"
# What scipy makes of a file that is cut short, spoilt or none of MATLAB's.
_UNREADABLE = (
    MatReadError,
    ValueError,
    TypeError,
    LookupError,
    NotImplementedError,
    OSError,
    zlib.error,
)


def people(folder: Path) -> list[str]:
    """Return the people's codes, "P01" ...; WrongFolder where there are no recordings."""
    found = sorted(_files(folder))
    if not found:
        raise WrongFolder(f"{folder}: expected AMIGOS's {_NAME}P01.mat ..., found none")
    return found


def read(folder: Path, person: str, *, films: int = SHORT) -> Iterator[Trial]:
    """Yield a person's trials of the first `films` films, in their order in the file.

    A cell is empty where a person did not see a film: its trial has no signals. A signal with a
    missing sample (NaN) is left out, ratings with one are.

    Raises
    ------
    WrongFolder
        Where the file is missing, cut short or not in the layout.
    """
    path = _files(folder).get(person)
    if path is None:
        raise WrongFolder(f"{folder}: expected the recording of {person}, found none")
    held = _cells(path)
    names = [_text(cell) for cell in held["VideoIDs"]]
    for number, name in enumerate(names[:films]):
        video = name or f"{number + 1:02d}"
        face = inside(folder) / "face" / f"{person}_{video}.mov"
        yield Trial(
            person,
            video,
            _signals(path, held["joined_data"][number]),
            _ratings(held["labels_selfassessment"][number]),
            face if face.is_file() else None,
        )


def _files(folder: Path) -> Mapping[str, Path]:
    root = inside(folder, "data_preprocessed")
    found = [*root.glob(f"{_NAME}P*.mat"), *root.glob(f"{_NAME}P*/{_NAME}P*.mat")]
    return {path.stem.removeprefix(_NAME): path for path in found if path.is_file()}


def _cells(path: Path) -> Mapping[str, list[NDArray[Any]]]:
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


def _signals(path: Path, cell: NDArray[Any]) -> Mapping[str, Signal]:
    rows = np.asarray(cell, np.float64)
    if rows.size == 0:
        return {}
    if rows.ndim != 2 or rows.shape[1] != _CHANNELS:
        raise WrongFolder(f"{path}: expected samples of {_CHANNELS} channels, got {rows.shape}")
    columns: Mapping[str, int | slice] = {"ecg": _ECG_RIGHT, "eda": _EDA, "eeg": _EEG}
    return known((name, sound(rows[:, column], RATE_HZ)) for name, column in columns.items())


def _ratings(cell: NDArray[Any]) -> Mapping[str, float]:
    given = np.asarray(cell, np.float64).ravel()
    if len(given) != len(_RATINGS) or not np.isfinite(given).all():
        return {}
    return dict(zip(_RATINGS, given.tolist(), strict=True))


def _text(cell: NDArray[Any]) -> str:
    found = np.asarray(cell).ravel()
    return str(found[0]).strip() if found.size else ""
