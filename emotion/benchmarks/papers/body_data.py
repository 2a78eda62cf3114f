"""WESAD for paper 3: minutes of heart rate and skin responses a second, in three states."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.augment import cut_windows
from emotion.datasets import WrongFolder
from emotion.datasets.corpora import wesad
from emotion.evaluation.dataset import WindowStudy
from emotion.signals.eda import split
from emotion.signals.heart_rate import read_ppg

MINUTE, HOP_S = 60, 30
# A heart rate is not carried further than this from a good interval (assumed).
NEAR_S = 5.0
STATES = ("baseline", "stress", "amusement")
Array = NDArray[np.float32]


def load_wesad(folder: Path) -> WindowStudy:
    """Return minutes that begin 30 s apart; a person's are all on one side of a split."""
    parts = []
    for code, person in enumerate(wesad.list_people(folder)):
        recording = wesad.read(folder, person)
        seconds = _read_seconds(recording)
        minutes = cut_windows(seconds, MINUTE, HOP_S)
        for number, minute in enumerate(minutes):
            begin = number * HOP_S
            state = recording.state(begin, begin + MINUTE)
            if state in STATES:
                parts.append((minute, STATES.index(state), code, begin))
    if not parts:
        raise WrongFolder(f"{folder}: expected a minute of rest, stress or amusement, found none")
    labels, people, times = (np.array([part[k] for part in parts], np.int64) for k in (1, 2, 3))
    return WindowStudy(
        x=np.stack([part[0] for part in parts]),
        inputs={"physiology": 2},
        labels=labels,
        people=people,
        videos=np.zeros(len(parts), np.int64),
        times=times.astype(np.float64),
        classes=STATES,
        window_s=float(MINUTE),
    )


def _read_seconds(person: wesad.WesadPerson) -> Array:
    """Return (S, 2): heart rate (bpm) and phasic skin conductance (µS); NaN without a beat near."""
    pulse, skin = person.wrist["BVP"], person.wrist["EDA"]
    count = int(min(pulse.seconds, skin.seconds))
    beats = read_ppg(pulse.values, pulse.rate_hz)
    good = beats.intervals.good
    middles = (beats.beats_s[:-1] + beats.beats_s[1:])[good] / 2
    found = np.full((count, 2), np.nan, np.float32)
    at = np.arange(count) + 0.5
    if len(middles):
        after = np.clip(np.searchsorted(middles, at), 0, len(middles) - 1)
        before = np.maximum(after - 1, 0)
        gap = np.minimum(np.abs(middles[after] - at), np.abs(at - middles[before]))
        rate = np.interp(at, middles, 60 / beats.intervals.length_s[good])
        found[:, 0] = np.where(gap < NEAR_S, rate, np.nan)
    quick = split(skin.values, skin.rate_hz).phasic
    step = round(skin.rate_hz)
    found[:, 1] = quick[: count * step].reshape(count, step).mean(axis=1)
    return found
