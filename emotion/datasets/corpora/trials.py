"""One person watching one video: signals, ratings, where the picture is; every set gives these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.datasets import WrongFolder

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal of a trial.

    Attributes
    ----------
    values : (T,) or (T, C)
        Finite, in `unit`.
    rate_hz : float
    unit : str
        "device" where the set does not say.
    """

    values: Array
    rate_hz: float
    unit: str = "device"

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.values) / self.rate_hz


@dataclass(frozen=True, slots=True)
class Trial:
    """One person's watching of one video.

    Attributes
    ----------
    person, video : str
        As the set names them: what a split by subject and by video goes by.
    signals : mapping from "ppg", "ecg", "eda", "eeg", "resp", "temp", "gaze" to Signal
        Only what was measured: an empty cell or a missing sample leaves a signal out.
    ratings : mapping from "valence", "arousal", ... to float
        As the person gave them, 1-9; empty where none were given.
    face : Path or None
        The film of the face, where it lies in the folder.
    """

    person: str
    video: str
    signals: Mapping[str, Signal]
    ratings: Mapping[str, float]
    face: Path | None = None

    def high(self, rating: str, threshold: float) -> int | None:
        """Return paper 2's label: 0 where a rating is at most `threshold`, 1 above; None without.

        The paper's thresholds are 4.5 (AMIGOS) and 5 (DEAP).
        """
        value = self.ratings.get(rating)
        return None if value is None else int(value > threshold)


def sound(values: NDArray[np.generic], rate_hz: float, unit: str = "device") -> Signal | None:
    """Return the signal; None where it is empty or a sample is missing."""
    rows = np.asarray(values, np.float64)
    if rows.size == 0 or not np.isfinite(rows).all():
        return None
    return Signal(rows, rate_hz, unit)


def known(signals: Iterable[tuple[str, Signal | None]]) -> Mapping[str, Signal]:
    """Return the signals that are there."""
    return {name: signal for name, signal in signals if signal is not None}


def inside(folder: Path, *names: str) -> Path:
    """Return `folder`, or the first of `names` under it that is a folder.

    Raises WrongFolder where `folder` is none: a set is given by its own top folder or the part
    that holds the recordings.
    """
    if not folder.is_dir():
        raise WrongFolder(f"{folder}: expected a folder, found none")
    for name in names:
        if (folder / name).is_dir():
            return folder / name
    return folder
