"""Features of a wristband over 90 seconds: of a Window's ppg, heart, eda, temp and acc.

The same functions read live Tracks and recordings; nothing here depends on the time in a Sitting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import signal as sp

from emotion.signals import hrv
from emotion.signals.eda import find_responses, split
from emotion.signals.filters import Array, FilterBand, design, filter_offline
from emotion.signals.heart_rate import rate_bpm, read_ppg
from emotion.signals.quality import measure_eda_quality, to_samples
from emotion.signals.rr_intervals import Intervals, from_lengths
from emotion.streams import stream
from emotion.windows import Track, Window

# The opening is read in cuts as long as a Window, one every so many seconds.
CUT_S, CUT_HOP_S = 90.0, 20.0

# A Track with less than this share of its rows is unusable.
LEAST_SHARE = 0.5

# Lower than for showing a person a number: a feature is one of many, and the model was trained on
# features with the same thresholds.
_RATE_QUALITY, _SPREAD_QUALITY = 0.25, 0.4

_MOTION = FilterBand("motion", 2, 0.2, 8.0)
_BREATH_HZ = (0.1, 0.5)
_BREATH_GRID_HZ = 4.0
_PART_S = 16.0
# A second in which a wrist's acceleration stays below this (mg) counts as rest.
_STILL_MG = 30.0
_LEAST_RISE_US = 0.01
# Skin conductance that grows by more than this (µS/s) is rising: sweat glands are active.
_RISING_US_S = 0.002
_LEAST_PULSES = 20

_HR, _RR = stream("heart").index("hr"), stream("heart").index("rr")
_UNKNOWN = float("nan")

Features = dict[str, NDArray[np.float32]]

PPG_NAMES = ("rate", "log_sdnn", "log_rmssd", "log_height", "breath_hz")
HEART_NAMES = ("rate", "log_rate_spread", "rate_slope", "log_sdnn", "log_rmssd")
EDA_NAMES = (
    "log_level",
    "log_slope",
    "responses",
    "log_rises",
    "log_rise_share",
    "log_spread",
    "rising",
    "log_falls",
)
TEMP_NAMES = ("level", "slope", "log_spread")
ACC_NAMES = ("log_motion", "log_bursts", "still", "breath_hz")


def ppg_features(track: Track, t0: float, t1: float) -> Array:
    """Return (5,): rate (bpm), log SDNN and RMSSD (ms), log pulse height, breath (Hz).

    The height is in device units: only its difference from the opening is meaningful.
    """
    rows, rate_hz = resample_evenly(track, t0, t1)
    heart = read_ppg(rows[:, 0], rate_hz)
    rate = rate_bpm(heart.intervals, _RATE_QUALITY)
    if rate is None:
        return np.full(len(PPG_NAMES), _UNKNOWN)
    height = _log(heart.amplitude or _UNKNOWN)
    breath = _breath(heart.beats_s, _heights(heart.filtered, heart.beats_s, rate_hz))
    return np.array([rate, *_spreads(heart.intervals), height, breath])


def heart_features(track: Track, t0: float, t1: float) -> Array:
    """Return (5,): rate (bpm), log spread, slope (bpm a minute), log SDNN and RMSSD (ms)."""
    inside = (track.times >= t0) & (track.times < t1)
    known = track.mask[:, _HR] & inside
    rate, at = track.values[known, _HR].astype(np.float64), track.times[known]
    if len(rate) < LEAST_SHARE * (t1 - t0) / track.period_s:
        return np.full(len(HEART_NAMES), _UNKNOWN)
    timed = track.mask[:, _RR] & inside
    beats = from_lengths(track.values[timed, _RR].astype(np.float64) / 1000, t1 - t0)
    return np.array([np.median(rate), _log(rate.std() + 0.1), _slope(at, rate), *_spreads(beats)])


def eda_features(track: Track, t0: float, t1: float) -> Array:
    """Return (8,): log level, its slope per minute, responses per minute, rises and falls.

    Rises: the log of their speed (µS/s), the log of it relative to the level, and their share of
    time. Falls: the log of their speed, which is how fast skin recovers. All but level, rises and
    falls are independent of the electrodes' contact.
    """
    rows, rate_hz = resample_evenly(track, t0, t1)
    skin = rows[:, 0]
    if measure_eda_quality(skin, rate_hz) < LEAST_SHARE:
        return np.full(len(EDA_NAMES), _UNKNOWN)
    level = np.maximum(split(skin, rate_hz).tonic, 0.01)
    at = np.arange(len(skin)) / rate_hz
    speed = np.diff(filter_offline(skin, design(_SMOOTH, rate_hz))) * rate_hz  # µS/s
    rises, falls = np.maximum(speed, 0).mean(), np.maximum(-speed, 0).mean()
    return np.array(
        [
            _log(np.median(level)),
            _slope(at, np.log(np.maximum(skin, 0.01) + 0.05)),
            np.log1p(find_responses(skin, rate_hz, _LEAST_RISE_US).per_minute),
            _log(rises + 1e-3),
            _log((rises + 1e-4) / (np.median(level) + 0.05)),
            _log(np.std(sp.detrend(skin)) + 1e-3),
            float((speed > _RISING_US_S).mean()),
            _log(falls + 1e-3),
        ]
    )


def temp_features(track: Track, t0: float, t1: float) -> Array:
    """Return (3,): median (°C), slope (°C a minute), log spread about it: vascular activity."""
    rows, rate_hz = resample_evenly(track, t0, t1)
    warm = rows[:, 0]
    slope = _slope(np.arange(len(warm)) / rate_hz, warm)
    return np.array([np.median(warm), slope, _log(np.std(sp.detrend(warm)) + 1e-3)])


def acc_features(track: Track, t0: float, t1: float) -> Array:
    """Return (4,): log motion (median, 90th percentile; mg), share of still seconds, breath (Hz).

    The wrist's orientation reflects what the hands do, not a feeling, so it is no feature.
    """
    rows, rate_hz = resample_evenly(track, t0, t1)
    moved = filter_offline(rows, design(_MOTION, rate_hz))  # (T, 3)
    size = np.linalg.norm(moved, axis=1)
    seconds = size[: len(size) // round(rate_hz) * round(rate_hz)].reshape(-1, round(rate_hz))
    part = min(len(moved), round(_PART_S * rate_hz))
    frequency, power = sp.welch(moved, rate_hz, nperseg=part, axis=0)
    return np.array(
        [
            _log(np.median(size) + 0.1),
            _log(np.quantile(size, 0.9) + 0.1),
            float((seconds.mean(axis=1) < _STILL_MG).mean()),
            _centre(frequency, power.sum(axis=1)),
        ]
    )


_SMOOTH = FilterBand("eda rises", 2, None, 1.0)

_Read = Callable[[Track, float, float], Array]
_MODULES: Mapping[str, tuple[_Read, tuple[str, ...]]] = {
    "ppg": (ppg_features, PPG_NAMES),
    "heart": (heart_features, HEART_NAMES),
    "eda": (eda_features, EDA_NAMES),
    "temp": (temp_features, TEMP_NAMES),
    "acc": (acc_features, ACC_NAMES),
}
STREAMS = tuple(_MODULES)
NAMES: Mapping[str, tuple[str, ...]] = {name: names for name, (_, names) in _MODULES.items()}


def features(window: Window) -> Features:
    """Return each Stream's features (F,) float32, NaN if unknown.

    Streams without any are left out. The result is invariant to a shift of all times.
    """
    return _cut_features(window.streams, window.t0, window.t1)


def opening(window: Window) -> Features:
    """Return each Stream's baseline features (F,) over a Sitting's start: the median of its
    cuts.
    """
    starts = np.arange(window.t0, window.t1 - CUT_S + 1e-6, CUT_HOP_S)
    return join_cuts(
        [_cut_features(window.streams, start, start + CUT_S) for start in starts.tolist()]
    )


def recent(window: Window, reach_s: float) -> Features:
    """Return each Stream's features (F,) over the minutes before a Window: the median of cuts.

    Parameters
    ----------
    window : Window
        Its Tracks may begin up to `reach_s` before its end; what they lack is unknown.
    reach_s : float
        How long before the Window's end the first cut begins, s.
    """
    starts = list_recent_starts(window.t0, window.t1 - reach_s)
    return join_cuts([_cut_features(window.streams, start, start + CUT_S) for start in starts])


def list_recent_starts(t0: float, first: float) -> list[float]:
    """Return the starts of the cuts before `t0`, newest first, none before `first`.

    Before a Sitting began there are no rows: a cut that lacks half of them is unknown.
    """
    starts: list[float] = np.arange(t0 - CUT_S, first - 1e-6, -CUT_S).tolist()
    return starts


def join_cuts(cuts: Sequence[Features]) -> Features:
    """Return the median (F,) of each Stream over cuts; a Stream that none has is left out."""
    return {
        name: _median([cut[name] for cut in cuts if name in cut])
        for name in STREAMS
        if any(name in cut for cut in cuts)
    }


def resample_evenly(track: Track, t0: float, t1: float) -> tuple[Array, float]:
    """Return a Track's rows (T, C) on an even grid over [t0, t1), and the grid's rate in Hz.

    Missing samples repeat the previous one; the signals' quality checks detect a second of constant
    values.
    """
    rate_hz = 1 / track.period_s
    slots = round((t1 - t0) * rate_hz)
    at = np.rint((track.times - t0) * rate_hz).astype(np.intp)
    kept = (at >= 0) & (at < slots) & track.mask.all(axis=1)
    newest = np.full(slots, -1)
    newest[at[kept]] = np.flatnonzero(kept)
    newest = np.maximum.accumulate(newest)
    newest[newest < 0] = np.flatnonzero(kept)[0]
    return track.values[newest].astype(np.float64), rate_hz


def _cut_features(tracks: Mapping[str, Track], t0: float, t1: float) -> Features:
    found = {}
    for name, track in tracks.items():
        if name in _MODULES and _share(name, track, t0, t1) >= LEAST_SHARE:
            values = _MODULES[name][0](track, t0, t1).astype(np.float32)
            if not np.isnan(values).all():
                found[name] = values
    return found


def _share(name: str, track: Track, t0: float, t1: float) -> float:
    """Return the share of [t0, t1) covered by rows; of "heart" only the rate has to be present."""
    inside = (track.times >= t0 - track.period_s / 2) & (track.times < t1)
    present = track.mask[inside].all(axis=1) if name != "heart" else track.mask[inside, _HR]
    return float(present.sum() * track.period_s / (t1 - t0))


def _spreads(intervals: Intervals) -> tuple[float, float]:
    return (
        _log(_or_nan(hrv.sdnn_ms(intervals, _SPREAD_QUALITY))),
        _log(_or_nan(hrv.rmssd_ms(intervals, _SPREAD_QUALITY))),
    )


def _heights(filtered: Array, beats_s: Array, rate_hz: float) -> Array:
    """Return (N - 1,): the signal's swing from each beat to the next."""
    at = to_samples(beats_s, rate_hz).tolist()
    return np.array([np.ptp(filtered[a : max(b, a + 1)]) for a, b in pairwise(at)])


def _breath(beats_s: Array, heights: Array) -> float:
    """Return the frequency of the pulse heights' power between 0.1 and 0.5 Hz, in Hz."""
    if len(heights) < _LEAST_PULSES:
        return _UNKNOWN
    grid = np.arange(beats_s[0], beats_s[-2], 1 / _BREATH_GRID_HZ)
    on_grid = sp.detrend(np.interp(grid, beats_s[:-1], heights))
    frequency, power = sp.periodogram(on_grid, _BREATH_GRID_HZ, window="hann", nfft=1024)
    return _centre(frequency, power)


def _centre(frequency: Array, power: Array) -> float:
    inside = (frequency > _BREATH_HZ[0]) & (frequency < _BREATH_HZ[1])
    total = power[inside].sum()
    return float((frequency[inside] * power[inside]).sum() / total) if total > 0 else _UNKNOWN


def _slope(at_s: Array, values: Array) -> float:
    """Return the least-squares slope per minute."""
    centred = at_s - at_s.mean()
    return float(60 * (centred * values).sum() / max(float((centred**2).sum()), 1e-9))


def _median(rows: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return the median (F,) of the known values in each column, NaN if there are none."""
    table = np.stack(rows)  # (cuts, F)
    known = ~np.isnan(table).all(axis=0)
    found = np.full(table.shape[1], np.nan, np.float32)
    found[known] = np.nanmedian(table[:, known], axis=0)
    return found


def _log(value: float | np.floating[Any]) -> float:
    return float(np.log(value)) if value > 0 else _UNKNOWN


def _or_nan(value: float | None) -> float:
    return _UNKNOWN if value is None else value
