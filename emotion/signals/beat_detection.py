"""Detection of heart beats: PPG pulses and ECG R peaks, by two moving averages, sub-sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from emotion.signals.filters import (
    ECG,
    PPG,
    Array,
    FilterBand,
    check_rate,
    check_values,
    design,
    filter_offline,
)

# Elgendi et al. 2013 (PPG): a pulse's crest, a beat, the offset.
_PULSE_S, _PULSE_BEAT_S, _PULSE_OFFSET = 0.111, 0.667, 0.02
# Elgendi 2013 (ECG): a QRS complex, a beat, the offset; the band with a QRS's power.
_QRS_S, _QRS_BEAT_S, _QRS_OFFSET = 0.097, 0.611, 0.08
_QRS = FilterBand("qrs", 3, 8.0, 20.0)

# No heart beats twice in this time: the smaller of two such peaks is dropped.
REFRACTORY_S = 0.3
# Distance of an R peak from the middle of its QRS complex, at most.
_NEAR_S = 0.06
# Rise time of a pulse, at most.
_RISE_S = 0.35


def find_ppg_beats(raw: ArrayLike, rate_hz: float) -> Array:
    """Return (N,) times in s after the first sample of the pulses in a raw PPG (T,).

    Paper 2's band, then two moving averages (Elgendi et al. 2013) find the crests. A pulse's time
    is that of its steepest rise before the crest, at sub-sample resolution. A crest is flat, so a
    little motion shifts it far. On Stress-Predict's wrists the intervals between steepest rises are
    a third closer to the device's own than those between crests.

    Raises
    ------
    ValueError
        If `rate_hz` is 16 Hz or less, a sample is not finite, or there are too few to filter.
    """
    return find_rises(filter_offline(raw, design(PPG, rate_hz)), rate_hz)


def find_rises(filtered: Array, rate_hz: float) -> Array:
    """Return (N,) times in s of the pulses' steepest rises in a PPG (T,) through its band."""
    power = np.square(np.maximum(filtered, 0))
    crests = _find_blocks(power, filtered, rate_hz, (_PULSE_S, _PULSE_BEAT_S, _PULSE_OFFSET))
    slope = np.gradient(filtered)
    before = crests[:, None] - np.arange(max(1, round(_RISE_S * rate_hz)), -1, -1)  # (N, W)
    before = np.maximum(before, 0)
    steepest = before[np.arange(len(crests)), slope[before].argmax(axis=1)]
    return np.unique(_refine(slope, np.unique(steepest))) / rate_hz


def find_ecg_beats(raw: ArrayLike, rate_hz: float) -> Array:
    """Return (N,) times in s after the first sample of the R peaks in a raw ECG (T,).

    Two moving averages of the power in 8-20 Hz (Elgendi 2013) find the complexes. The peak is the
    largest excursion near each in the ECG after paper 2's high-pass, in either direction. Raises
    ValueError if `rate_hz` is 40 Hz or less, a sample is not finite, or there are too few to
    filter.
    """
    return find_r_peaks(check_values(raw), filter_offline(raw, design(ECG, rate_hz)), rate_hz)


def find_r_peaks(raw: Array, filtered: Array, rate_hz: float) -> Array:
    """Return (N,) times in s of the R peaks; `filtered` (T,) is the ECG through its high-pass."""
    narrow = filter_offline(raw, design(_QRS, rate_hz))
    power = np.square(narrow)
    middles = _find_blocks(power, power, rate_hz, (_QRS_S, _QRS_BEAT_S, _QRS_OFFSET))
    if len(middles) == 0:
        return np.zeros(0)
    reach = max(1, round(_NEAR_S * rate_hz))
    near = middles[:, None] + np.arange(-reach, reach + 1)  # (N, W)
    around = filtered[np.clip(near, 0, len(filtered) - 1)]
    around = around - np.median(around, axis=1, keepdims=True)
    upright = np.median(around.max(axis=1)) >= np.median(-around.min(axis=1))
    turned = filtered if upright else -filtered
    best = near[np.arange(len(near)), (around if upright else -around).argmax(axis=1)]
    return _refine(turned, np.clip(best, 0, len(filtered) - 1)) / rate_hz


def _find_blocks(
    power: Array, height: Array, rate_hz: float, shape: tuple[float, float, float]
) -> NDArray[np.intp]:
    """Return the highest sample of each stretch in which the event's average exceeds the beat's."""
    event_s, beat_s, offset = shape
    event = max(1, round(event_s * check_rate(rate_hz)))
    short = uniform_filter1d(power, event, mode="nearest")
    long = uniform_filter1d(power, max(1, round(beat_s * rate_hz)), mode="nearest")
    inside = np.concatenate([[False], short > long + offset * power.mean(), [False]])
    starts, ends = np.flatnonzero(np.diff(inside)).reshape(-1, 2).T
    wide = ends - starts >= event
    peaks = [start + int(height[start:end].argmax()) for start, end in _pairs(starts, ends, wide)]
    return _drop_close(np.array(peaks, np.intp), height, max(1, round(REFRACTORY_S * rate_hz)))


def _pairs(
    starts: NDArray[np.intp], ends: NDArray[np.intp], wide: NDArray[np.bool_]
) -> list[tuple[int, int]]:
    return list(zip(starts[wide].tolist(), ends[wide].tolist(), strict=True))


def _drop_close(peaks: NDArray[np.intp], height: Array, least: int) -> NDArray[np.intp]:
    """Keep the highest of peaks closer than `least` samples."""
    if len(peaks) == 0:
        return peaks
    impulses = np.full(len(height), -np.inf)
    impulses[peaks] = height[peaks]
    highest = maximum_filter1d(impulses, 2 * least - 1, mode="nearest")
    return peaks[impulses[peaks] >= highest[peaks]]


def _refine(values: Array, peaks: NDArray[np.intp]) -> Array:
    """Return the peaks in samples, each at the top of the parabola through its three samples."""
    middle = np.clip(peaks, 1, len(values) - 2)
    before, at, after = values[middle - 1], values[middle], values[middle + 1]
    bend = before - 2 * at + after
    shift = np.where(bend < 0, 0.5 * (before - after) / np.where(bend < 0, bend, -1), 0.0)
    return np.asarray(np.where(peaks == middle, middle + np.clip(shift, -0.5, 0.5), peaks))
