"""WESAD (Schmidt et al. 2018): 15 people at rest, amused and under stress, with chest and wrist.

The data set is given for research and must not be passed on. This reads `S2/S2.pkl` ...; the
wrist's own E4 folder next to it is read by `emotion.datasets.formats.empatica`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.datasets import WrongFolder
from emotion.datasets.corpora.trials import TrialSignal, find_part
from emotion.datasets.formats import safe_pickle

LABEL_HZ = 700.0
# 0, 5, 6 and 7 must be ignored according to the data set's notice.
STATES: Mapping[int, str] = {1: "baseline", 2: "stress", 3: "amusement", 4: "meditation"}

_CHEST = dict.fromkeys(("ACC", "ECG", "EMG", "EDA", "Temp", "Resp"), 700.0)
_WRIST = {"ACC": 32.0, "BVP": 64.0, "EDA": 4.0, "TEMP": 4.0}
_UNITS = {"EDA": "µS", "Temp": "°C", "TEMP": "°C", "ECG": "mV", "EMG": "mV", "Resp": "%"}
_WRIST_ACC_MG, _CHEST_ACC_MG = 1000 / 64, 1000.0


@dataclass(frozen=True, slots=True)
class WesadPerson:
    """One person's recording; all signals start at the same time.

    Attributes
    ----------
    code : str
        "S2".
    chest, wrist : mapping from the data set's own names to TrialSignal
        ECG, EMG (mV), EDA (µS), ACC (T, 3; mg) ...; BVP in the device's units.
    labels : (L,) int64
        At 700 Hz: see `STATES`.
    """

    code: str
    chest: Mapping[str, TrialSignal]
    wrist: Mapping[str, TrialSignal]
    labels: NDArray[np.int64]

    def state(self, t0: float, t1: float) -> str | None:
        """Return the state of all of [t0, t1) s; None if it changes, ends or is to be ignored."""
        inner = self.labels[round(t0 * LABEL_HZ) : round(t1 * LABEL_HZ)]
        if len(inner) < round((t1 - t0) * LABEL_HZ) or len(np.unique(inner)) != 1:
            return None
        return STATES.get(int(inner[0]))


def list_people(folder: Path) -> list[str]:
    """Return the people's codes, "S2" ...; WrongFolder if there are no recordings."""
    root = find_part(folder, "WESAD")
    found = [path.name for path in root.glob("S*") if (path / f"{path.name}.pkl").is_file()]
    if not found:
        raise WrongFolder(f"{root}: expected WESAD's S2/S2.pkl ..., found none")
    return sorted(found, key=lambda code: (len(code), code))


def read(folder: Path, person: str) -> WesadPerson:
    """Return a person's recording.

    Raises
    ------
    WrongFolder
        If the file is missing, is no plain pickle, or is not in the layout.
    """
    path = find_part(folder, "WESAD") / person / f"{person}.pkl"
    if not path.is_file():
        raise WrongFolder(f"{path}: expected the recording of {person}, found none")
    held = safe_pickle.read(path)
    try:
        if held["subject"] != person:
            raise WrongFolder(f"{path}: expected the recording of {person}, got {held['subject']}")
        parts = held["signal"]
        chest = _signals(parts["chest"], _CHEST, _CHEST_ACC_MG)
        wrist = _signals(parts["wrist"], _WRIST, _WRIST_ACC_MG)
        labels = np.asarray(held["label"], np.int64).ravel()
    except (KeyError, TypeError, IndexError) as wrong:
        raise WrongFolder(
            f"{path}: expected subject, label and signal.chest/wrist: {wrong}"
        ) from None
    return WesadPerson(person, chest, wrist, labels)


def _signals(
    held: Mapping[str, Any], rates: Mapping[str, float], mg: float
) -> Mapping[str, TrialSignal]:
    found = {}
    for name, rate in rates.items():
        rows = np.asarray(held[name], np.float64)
        values = rows * mg if name == "ACC" else rows.ravel()
        found[name] = TrialSignal(
            values, rate, "mg" if name == "ACC" else _UNITS.get(name, "device")
        )
    return found
