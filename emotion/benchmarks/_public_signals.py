"""Readers of the public recordings in `../shared/data/signals`, and what to do if they are
absent.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.benchmarks import CannotMeasure

Array = NDArray[np.float64]

A103L_HZ, NST_HZ, NEUROKIT_HZ = 250.0, 360.0, 100.0


@dataclass(frozen=True, slots=True)
class NoisyEcg:
    """An ECG with electrode motion noise, decomposed.

    Attributes
    ----------
    low, noise : (T,)
        The recording at 12 dB, and its noise.
    beats_s : (N,)
        Annotated.
    """

    low: Array
    noise: Array
    beats_s: Array

    def mix_at(self, db: float) -> Array:
        """Return the recording (T,) at another signal-to-noise ratio; 0 and 12 are as recorded."""
        return self.low + self.noise * (10 ** ((12 - db) / 20) - 1)


def read_a103l(folder: Path) -> tuple[Array, Array]:
    """Return ECG lead II and PPG, each (82500,) at 250 Hz, in converter units."""
    from scipy.io import loadmat

    rows = np.asarray(loadmat(find_file(folder, "a103l.mat"))["val"], np.float64)
    return rows[0], rows[2]


def read_118e(folder: Path) -> NoisyEcg:
    """Return record 118e: the same 120 s exist at 0 dB and 12 dB, so the noise is known."""
    loud, low = (np.loadtxt(find_file(folder, f"heartpy_118e{db}.csv")) for db in ("00", "12"))
    beats = np.loadtxt(find_file(folder, "heartpy_118e12_ann.csv")) / NST_HZ
    return NoisyEcg(low, (loud - low) / (10 ** (12 / 20) - 1), beats)


def read_conductance(folder: Path) -> tuple[Array, Array]:
    """Return skin conductance (15000,) in µS at 100 Hz, and event onsets (E,) in s."""
    named = np.genfromtxt(find_file(folder, "neurokit_bio_100Hz.csv"), delimiter=",", names=True)
    dark = np.asarray(named["Photosensor"], np.float64) < 2.5
    onsets = np.flatnonzero(np.diff(dark.astype(np.int8)) == 1) / NEUROKIT_HZ
    return np.asarray(named["EDA"], np.float64), onsets[np.diff(onsets, prepend=-10.0) > 1]


def find_file(folder: Path, name: str) -> Path:
    """Return the file; CannotMeasure says what is missing and where it was searched."""
    path = folder / name
    if not path.is_file():
        raise CannotMeasure(
            f"{name} is not in {folder}: give --data the folder of the public signals "
            "(a103l.mat, heartpy_118e00.csv, heartpy_118e12.csv, neurokit_bio_100Hz.csv)"
        )
    return path
