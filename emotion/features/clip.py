"""A Window as MVP's clip: a face's action units and gaze at 18 Hz, heart and skin at 128 Hz.

Rows count from the Window's start, so nothing reveals how late in the Sitting it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emotion.features.resampling import Steps
from emotion.signals.filters import ECG, EDA, PAPER_RATE_HZ, PPG, prepare
from emotion.streams import stream
from emotion.windows import Track, Window

VIDEO_HZ, PHYSIOLOGY_HZ = 18.0, PAPER_RATE_HZ

# OpenFace has a separate classifier for presence; ours is an intensity of 1 or more, of 5.
PRESENT = 1.0
UNITS = 18
GAZE = 6

# Shorter stretches are not filtered: edge effects would dominate.
LEAST_S = 10.0

# Below this confidence of the tracker an action unit counts as not seen. The network that ships
# was trained so; `emotion.features.face` weighs units instead.
TRUSTED = 0.5

_BANDS = {"ppg": PPG, "ecg": ECG, "eda": EDA}


def face(window: Window) -> Steps:
    """Return (T, 36) at 18 Hz: 18 action units' presence (0, 1), then their intensity (0-5)."""
    rows = hold(window.streams.get("face"), window, 2 * UNITS)
    intensity = rows.values[:, :UNITS]
    confident = (rows.values[:, UNITS:] >= TRUSTED) & rows.mask[:, UNITS:]
    seen = rows.mask[:, :UNITS] & confident
    found = np.concatenate([intensity >= PRESENT, intensity], axis=1).astype(np.float32)
    mask = np.concatenate([seen, seen], axis=1)
    return Steps(np.where(mask, found, np.float32(0)), mask)


def gaze(window: Window) -> Steps:
    """Return (T, 6) at 18 Hz: the direction of each eye."""
    return hold(window.streams.get("gaze"), window, GAZE)


def heart(name: str, window: Window) -> Steps:
    """Return (T, 1) of "ppg" or "ecg" at 128 Hz, as the paper filters and standardises it."""
    return _signal(name, window)


def skin(window: Window) -> Steps:
    """Return (T, 1) of skin conductance at 128 Hz, as the paper filters and standardises it."""
    return _signal("eda", window)


def shape(found: Steps) -> NDArray[np.float32]:
    """Return (3,) of a standardised signal (T, 1): skewness, kurtosis, and speed.

    They distinguish a pulse from noise, and a chest's from a wrist's, whatever the device's units.
    """
    x = found.values[found.mask].astype(np.float64)
    if len(x) < 2:
        return np.zeros(3, np.float32)
    # Products, because powers above two are an order of magnitude slower.
    square = x * x
    skewness, kurtosis = np.mean(square * x), np.mean(square * square)
    speed = np.abs(np.diff(x)).mean()
    return np.array([skewness, np.log(kurtosis + 1e-6), np.log(speed + 1e-6)], np.float32)


def hold(track: Track | None, window: Window, columns: int) -> Steps:
    """Return for each step at 18 Hz the first `columns` of the newest row still valid then."""
    steps = round((window.t1 - window.t0) * VIDEO_HZ)
    if track is None or len(track.times) == 0:
        return Steps(np.zeros((steps, columns), np.float32), np.zeros((steps, columns), np.bool_))
    # The middle of each step: a row that begins with the step is valid for it.
    at = window.t0 + (np.arange(steps) + 0.5) / VIDEO_HZ
    row = np.searchsorted(track.times, at, side="right") - 1  # (T,)
    alive = (row >= 0) & (at < track.times[row] + track.period_s)
    mask = track.mask[row, :columns] & alive[:, None]
    return Steps(np.where(mask, track.values[row, :columns], np.float32(0)), mask)


def _signal(name: str, window: Window) -> Steps:
    count = round((window.t1 - window.t0) * PHYSIOLOGY_HZ)
    empty = Steps(np.zeros((count, 1), np.float32), np.zeros((count, 1), np.bool_))
    track = window.streams.get(name)
    raw = None if track is None else resample(track, name, window)
    if raw is None:
        return empty
    values, seen, rate_hz = raw
    made = prepare(values, _BANDS[name], rate_hz).astype(np.float32)[:count]
    at = np.minimum((np.arange(len(made)) * rate_hz / PHYSIOLOGY_HZ).astype(int), len(seen) - 1)
    empty.mask[: len(made), 0] = seen[at]
    empty.values[: len(made), 0] = np.where(seen[at], made, np.float32(0))
    return empty


def resample(
    track: Track, name: str, window: Window
) -> tuple[NDArray[np.float64], NDArray[np.bool_], float] | None:
    """Return a one-channel Track on its own even grid from the Window's start.

    Returns
    -------
    values (N,), seen (N,), rate in Hz; or None
        Missing values are interpolated and not `seen`; None with less than 10 s of data.
    """
    rate_hz = 1.0 / track.period_s
    count = round((window.t1 - window.t0) * rate_hz)
    column = stream(name).index(name)
    at = np.rint((track.times - window.t0) * rate_hz).astype(int)
    kept = track.mask[:, column] & (at >= 0) & (at < count)
    if kept.sum() < LEAST_S * rate_hz:
        return None
    seen = np.zeros(count, np.bool_)
    seen[at[kept]] = True
    values = np.interp(np.arange(count), at[kept], track.values[kept, column].astype(np.float64))
    return values, seen, rate_hz
