"""Heart rate variability, released only if quality and length allow it; otherwise None."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import signal as sp
from scipy.interpolate import PchipInterpolator

from emotion.signals.filters import Array
from emotion.signals.quality import VARIABILITY_QUALITY
from emotion.signals.rr_intervals import Intervals

# Shorter stretches hold too few beats (Task Force of the ESC 1996; Munoz et al. 2015 for 30 s).
TIME_SPAN_S, FREQUENCY_SPAN_S = 30.0, 120.0
_LF_HZ, _HF_HZ = (0.04, 0.15), (0.15, 0.4)
# A mean rate tolerates a slightly unusual beat; a difference of two intervals does not. On
# Stress-Predict's wrists an interval's median error is 20 ms below this likeness and 7-12 ms above
# it.
EXACT = 0.9
# Intervals are interpolated to an even grid of this rate for their spectrum.
_GRID_HZ = 4.0


def rmssd_ms(intervals: Intervals, least: float = VARIABILITY_QUALITY) -> float | None:
    """Return the root mean square of successive differences in ms.

    Only pairs of neighbouring good intervals count. None for less than 30 s, or if good intervals
    cover less than `least` of the stretch.
    """
    exact = select_exact(intervals, TIME_SPAN_S, least)
    if exact is None:
        return None
    pairs = exact.good[1:] & exact.good[:-1]
    steps = np.diff(exact.length_s)[pairs]
    return float(1000 * np.sqrt(np.mean(steps**2))) if len(steps) > 1 else None


def sdnn_ms(intervals: Intervals, least: float = VARIABILITY_QUALITY) -> float | None:
    """Return the standard deviation of the good intervals in ms; None as `rmssd_ms`."""
    exact = select_exact(intervals, TIME_SPAN_S, least)
    return None if exact is None else float(1000 * exact.length_s[exact.good].std(ddof=1))


def lf_hf(intervals: Intervals, least: float = VARIABILITY_QUALITY) -> float | None:
    """Return the power in 0.04-0.15 Hz over that in 0.15-0.4 Hz.

    Bad intervals are bridged by an interpolation without overshoot. None for less than 2 minutes,
    or if good intervals cover less than `least` of the stretch.
    """
    exact = select_exact(intervals, FREQUENCY_SPAN_S, least)
    if exact is None:
        return None
    frequency, power = _spectrum(exact)
    low, high = (_within(frequency, power, band) for band in (_LF_HZ, _HF_HZ))
    return float(low / high) if high > 0 else None


def select_exact(intervals: Intervals, span_s: float, least: float) -> Intervals | None:
    """Return the intervals exact enough for variability; None if they are too few or too short."""
    exact = intervals.select_likeness(EXACT)
    enough = exact.span_s >= span_s and exact.quality >= least and exact.good.sum() > 2
    return exact if enough else None


def _spectrum(intervals: Intervals) -> tuple[Array, Array]:
    ends, lengths = intervals.end_s[intervals.good], intervals.length_s[intervals.good]
    grid = np.arange(ends[0], ends[-1], 1 / _GRID_HZ)
    even = PchipInterpolator(ends, lengths)(grid)
    window = min(len(grid), round(FREQUENCY_SPAN_S * _GRID_HZ))
    frequency, power = sp.welch(sp.detrend(even), _GRID_HZ, nperseg=window)
    return np.asarray(frequency, np.float64), np.asarray(power, np.float64)


def _within(frequency: Array, power: Array, band: tuple[float, float]) -> float:
    inside: NDArray[np.bool_] = (frequency >= band[0]) & (frequency < band[1])
    return float(power[inside].sum())
