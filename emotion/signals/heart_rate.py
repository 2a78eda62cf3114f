"""Heart rate from a PPG or an ECG, with the quality that decides about its release."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from emotion.signals import quality
from emotion.signals.beat_detection import find_r_peaks, find_rises
from emotion.signals.filters import (
    ECG,
    PPG,
    Array,
    FilterBand,
    check_values,
    design,
    filter_offline,
)
from emotion.signals.quality import find_faults, measure_likeness
from emotion.signals.rr_intervals import ALIKE, Intervals, from_beats

# Fewer intervals give no rate.
LEAST_INTERVALS = 3
# An ECG beat's shape, without the baseline wander of a moving electrode.
_SHAPE = FilterBand("ecg shape", 2, 3.0, 30.0)


@dataclass(frozen=True, slots=True)
class HeartBeats:
    """Beats of a stretch of a heart signal.

    Attributes
    ----------
    beats_s : (N,)
        Times of all detected beats, reliable or not, s after the first sample.
    intervals : Intervals
        The N - 1 between them.
    amplitude : float or None
        Median swing of the filtered signal around a reliable beat, in the signal's units.
    filtered : (T,)
        The signal through its band (`filters.PPG` or `filters.ECG`).
    """

    beats_s: Array
    intervals: Intervals
    amplitude: float | None
    filtered: Array

    @property
    def quality(self) -> float:
        """0-1: the share of the stretch covered by good intervals."""
        return self.intervals.quality

    @property
    def rate_bpm(self) -> float | None:
        """Beats a minute; None below the release quality."""
        return rate_bpm(self.intervals)


def rate_bpm(intervals: Intervals, least: float = quality.RATE_QUALITY) -> float | None:
    """Return 60 s over the mean good interval in beats a minute.

    The shortest and the longest tenth are excluded from the mean, as under motion some wrong ones
    pass. None if fewer than three intervals are good, or they cover less than `least` of the
    stretch.
    """
    lengths = np.sort(intervals.length_s[intervals.good])
    if len(lengths) < LEAST_INTERVALS or intervals.quality < least:
        return None
    tails = len(lengths) // 10
    return float(60 / lengths[tails : len(lengths) - tails].mean())


def read_ppg(raw: ArrayLike, rate_hz: float, moving: ArrayLike | None = None) -> HeartBeats:
    """Analyse a raw PPG (T,) of some seconds.

    Parameters
    ----------
    raw : (T,)
        Device units, at `rate_hz` (above 16 Hz); finite.
    moving : (T,) bool, optional
        Where an accelerometer detected motion: `quality.moving_at`.

    Raises
    ------
    ValueError
        If the rate is too low, a sample is not finite, or there are too few to filter.
    """
    rows = check_values(raw)
    filtered = filter_offline(rows, design(PPG, rate_hz))
    beats, broken = find_rises(filtered, rate_hz), find_faults(rows, rate_hz, moving).any
    around = (0.4 * _median_interval(beats), 0.6 * _median_interval(beats))
    like = measure_likeness(filtered, beats, rate_hz, around, broken)
    return _make_heart(filtered, beats, like, rate_hz)


def read_ecg(raw: ArrayLike, rate_hz: float, moving: ArrayLike | None = None) -> HeartBeats:
    """Analyse a raw ECG (T,) at `rate_hz` (above 60 Hz); otherwise as `read_ppg`."""
    rows = check_values(raw)
    filtered = filter_offline(rows, design(ECG, rate_hz))
    beats, broken = find_r_peaks(rows, filtered, rate_hz), find_faults(rows, rate_hz, moving).any
    narrow = filter_offline(rows, design(_SHAPE, rate_hz))
    around = (0.2, min(0.4, 0.6 * _median_interval(beats)))
    return _make_heart(
        filtered, beats, measure_likeness(narrow, beats, rate_hz, around, broken), rate_hz
    )


def _make_heart(filtered: Array, beats_s: Array, like: Array, rate_hz: float) -> HeartBeats:
    intervals = from_beats(beats_s, like, len(filtered) / rate_hz)
    amplitude = _measure_swing(filtered, beats_s[like >= ALIKE], rate_hz)
    return HeartBeats(beats_s, intervals, amplitude, filtered)


def _measure_swing(filtered: Array, beats_s: Array, rate_hz: float) -> float | None:
    """Return the median swing of the signal around the beats, 0.35 s to either side."""
    if len(beats_s) == 0:
        return None
    reach = np.arange(-round(0.35 * rate_hz), round(0.35 * rate_hz) + 1)
    near = quality.to_samples(beats_s, rate_hz)[:, None] + reach
    return float(np.median(np.ptp(filtered[np.clip(near, 0, len(filtered) - 1)], axis=1)))


def _median_interval(beats_s: Array) -> float:
    """Return the median interval in s; 1 if there is none."""
    return float(np.median(np.diff(beats_s))) if len(beats_s) > 1 else 1.0
