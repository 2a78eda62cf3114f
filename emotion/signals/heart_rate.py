"""Heart rate from a PPG or an ECG, with the quality that says whether it may be released."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from emotion.signals import quality
from emotion.signals.beat_detection import r_peaks, rises
from emotion.signals.filters import ECG, PPG, Array, Band, checked, design, offline
from emotion.signals.quality import faults, likeness
from emotion.signals.rr_intervals import ALIKE, Intervals, of_beats

# Fewer intervals than this are no rate.
LEAST_INTERVALS = 3
# An ECG beat's shape, free of the wander that a moving electrode makes.
_SHAPE = Band("ecg shape", 2, 3.0, 30.0)


@dataclass(frozen=True, slots=True)
class Heart:
    """What a stretch of a heart signal shows.

    Attributes
    ----------
    beats_s : (N,)
        Times of all beats found, s after the first sample; believed or not.
    intervals : Intervals
        The N - 1 between them.
    amplitude : float or None
        Median swing of the filtered signal around a believed beat, in the signal's units.
    """

    beats_s: Array
    intervals: Intervals
    amplitude: float | None

    @property
    def quality(self) -> float:
        """0-1: the share of the stretch that good intervals cover."""
        return self.intervals.quality

    @property
    def rate_bpm(self) -> float | None:
        """Beats a minute; None below the release quality."""
        return rate_bpm(self.intervals)


def rate_bpm(intervals: Intervals, least: float = quality.RATE_QUALITY) -> float | None:
    """Return 60 s over the mean good interval in beats a minute.

    The shortest and the longest tenth are left out of the mean: under motion some pass that are
    none. None where fewer than three intervals are good or they cover less than `least` of the
    stretch.
    """
    lengths = np.sort(intervals.length_s[intervals.good])
    if len(lengths) < LEAST_INTERVALS or intervals.quality < least:
        return None
    tails = len(lengths) // 10
    return float(60 / lengths[tails : len(lengths) - tails].mean())


def read_ppg(raw: ArrayLike, rate_hz: float, moving: ArrayLike | None = None) -> Heart:
    """Read a raw PPG (T,) of some seconds.

    Parameters
    ----------
    raw : (T,)
        Device units, at `rate_hz` (above 16 Hz); finite.
    moving : (T,) bool, optional
        Where an accelerometer felt motion: `quality.moving_at`.

    Raises
    ------
    ValueError
        Where the rate is too low, a sample is not finite, or there are too few to filter.
    """
    rows = checked(raw)
    filtered = offline(rows, design(PPG, rate_hz))
    beats, broken = rises(filtered, rate_hz), faults(rows, rate_hz, moving).any
    around = (0.4 * _usual(beats), 0.6 * _usual(beats))
    like = likeness(filtered, beats, rate_hz, around, broken)
    return _heart(filtered, beats, like, rate_hz)


def read_ecg(raw: ArrayLike, rate_hz: float, moving: ArrayLike | None = None) -> Heart:
    """Read a raw ECG (T,) at `rate_hz` (above 60 Hz); otherwise as `read_ppg`."""
    rows = checked(raw)
    filtered = offline(rows, design(ECG, rate_hz))
    beats, broken = r_peaks(rows, filtered, rate_hz), faults(rows, rate_hz, moving).any
    narrow = offline(rows, design(_SHAPE, rate_hz))
    around = (0.2, min(0.4, 0.6 * _usual(beats)))
    return _heart(filtered, beats, likeness(narrow, beats, rate_hz, around, broken), rate_hz)


def _heart(filtered: Array, beats_s: Array, like: Array, rate_hz: float) -> Heart:
    intervals = of_beats(beats_s, like, len(filtered) / rate_hz)
    return Heart(beats_s, intervals, _height(filtered, beats_s[like >= ALIKE], rate_hz))


def _height(filtered: Array, beats_s: Array, rate_hz: float) -> float | None:
    """Return the median swing of the signal around the beats, 0.35 s to either side."""
    if len(beats_s) == 0:
        return None
    reach = np.arange(-round(0.35 * rate_hz), round(0.35 * rate_hz) + 1)
    near = quality.samples_of(beats_s, rate_hz)[:, None] + reach
    return float(np.median(np.ptp(filtered[np.clip(near, 0, len(filtered) - 1)], axis=1)))


def _usual(beats_s: Array) -> float:
    """Return the median interval in s; 1 where there is none."""
    return float(np.median(np.diff(beats_s))) if len(beats_s) > 1 else 1.0
