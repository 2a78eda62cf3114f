"""One person watching one video: signals, ratings, and the video of the face; common to all
sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.datasets import WrongFolder

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TrialSignal:
    """One signal of a trial.

    Attributes
    ----------
    values : (T,) or (T, C)
        Finite, in `unit`.
    rate_hz : float
    unit : str
        "device" if the data set does not say.
    """

    values: Array
    rate_hz: float
    unit: str = "device"

    @property
    def seconds(self) -> float:
        """Return the length."""
        return len(self.values) / self.rate_hz


@dataclass(frozen=True, slots=True)
class VideoTrial:
    """One person watching one video.

    Attributes
    ----------
    person, video : str
        As the data set names them, for splits by subject and by video.
    signals : mapping from "ppg", "ecg", "eda", "eeg", "resp", "temp", "gaze" to TrialSignal
        Measured ones only: a signal with an empty cell or a missing sample is left out.
    ratings : mapping from "valence", "arousal", ... to float
        As the person gave them, 1-9; empty if none were given.
    face : Path or None
        The video of the face, if it is in the folder.
    """

    person: str
    video: str
    signals: Mapping[str, TrialSignal]
    ratings: Mapping[str, float]
    face: Path | None = None

    def high(self, rating: str, threshold: float) -> int | None:
        """Return paper 2's label: 0 if a rating is at most `threshold`, 1 if above; None without
        one.

        The paper's thresholds are 4.5 (AMIGOS) and 5 (DEAP).
        """
        value = self.ratings.get(rating)
        return None if value is None else int(value > threshold)


def make_signal(
    values: NDArray[np.generic], rate_hz: float, unit: str = "device"
) -> TrialSignal | None:
    """Return the signal; None if it is empty or a sample is missing."""
    rows = np.asarray(values, np.float64)
    if rows.size == 0 or not np.isfinite(rows).all():
        return None
    return TrialSignal(rows, rate_hz, unit)


def drop_missing(signals: Iterable[tuple[str, TrialSignal | None]]) -> Mapping[str, TrialSignal]:
    """Return the signals that are not None."""
    return {name: signal for name, signal in signals if signal is not None}


def find_part(folder: Path, *names: str) -> Path:
    """Return `folder`, or the first of `names` under it that is a folder.

    Raises WrongFolder if `folder` is none. A data set is given by its top folder, or by the part
    with the recordings.
    """
    if not folder.is_dir():
        raise WrongFolder(f"{folder}: expected a folder, found none")
    for name in names:
        if (folder / name).is_dir():
            return folder / name
    return folder
