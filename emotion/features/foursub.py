"""One minute for paper 3's live sub-networks: face, heart rate and skin responses each second."""

from __future__ import annotations

import numpy as np

from emotion.features import face as faces
from emotion.features import heart as hearts
from emotion.features.clip import resample
from emotion.features.resampling import Steps, make_masked, starts
from emotion.signals.eda import split
from emotion.windows import Window

MINUTE = 60
_HR = hearts.NAMES.index("hr")


def face(window: Window) -> Steps:
    """Return (60, 24): a live face's features in each of the last 60 s."""
    track = window.streams.get("face")
    if track is None or len(track.times) == 0:
        return make_masked(len(faces.NAMES), MINUTE)
    return _mask_before(faces.features(track, window.t1, MINUTE), window)


def heart(window: Window) -> Steps:
    """Return (60, 1): heart rate in bpm in each of the last 60 s."""
    track = window.streams.get("heart")
    if track is None or len(track.times) == 0:
        return make_masked(1, MINUTE)
    values, mask = hearts.features(track, window.t1, MINUTE)
    return _mask_before(Steps(values[:, [_HR]], mask[:, [_HR]]), window)


def skin(window: Window) -> Steps:
    """Return (60, 1): mean phasic skin conductance in µS in each of the last 60 s.

    With less than 10 s of conductance all is masked.
    """
    track = window.streams.get("eda")
    raw = None if track is None else resample(track, "eda", window)
    if raw is None:
        return make_masked(1, MINUTE)
    values, seen, rate_hz = raw
    quick = split(values, rate_hz).phasic  # (N,)
    second = window.t0 + np.arange(len(quick)) / rate_hz - (window.t1 - MINUTE)
    inside = np.arange(MINUTE)[:, None] == np.floor(second)[None, :]  # (60, N)
    count = (inside & seen).sum(axis=1, keepdims=True)
    total = (inside & seen) @ quick[:, None]
    return Steps((total / np.maximum(count, 1)).astype(np.float32), count > 0)


def _mask_before(steps: Steps, window: Window) -> Steps:
    """Mask the steps before the Window's start: a Sitting's first minute is incomplete."""
    mask = steps.mask & (starts(window.t1, MINUTE) >= window.t0)[:, None]
    return Steps(np.where(mask, steps.values, np.float32(0)), mask)
