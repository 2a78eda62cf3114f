"""Respiration from a pulse: breathing modulates its amplitude, its baseline and its intervals.

The three are fused as in the peak-conditioned average of Lázaro et al. (2013): the mean of their
spectra gives a rate only if it has one clear peak. Charlton et al. (2018) review such methods.
Karlen et al. (2013) let the three peaks agree within 4 a minute instead; on simulated pulses that
releases more wrong rates.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import signal as sp

from emotion.signals.filters import Array
from emotion.signals.quality import Mask

# Shorter stretches hold too few breaths: Karlen et al. compare 16, 32 and 64 s.
SPAN_S = 30.0
# 9 to 30 breaths a minute. Below, Mayer waves of blood pressure (0.1 Hz) look the same.
BAND_HZ = (0.15, 0.5)
# The peak is compared with the power in this wider band.
_POWER_HZ = (0.05, 0.6)
# Share of the power at the peak. Of 24 rules on simulated pulses, this one releases most (56 %) of
# those that give a rate to at most a tenth of the pulses that no breath modulates.
CLEAR = 0.45
# A modulation without more power is constant but for rounding.
_LEAST_POWER = 1e-12
# The modulations are interpolated to this rate.
_GRID_HZ = 4.0
_POINTS = 512
# A Hann window of 30 s spreads a pure tone this far to each side.
_LOBE_HZ = 2 / SPAN_S


class Breathing(NamedTuple):
    """Breaths a minute, and the log of their depth: how far they modulate the pulse, relatively."""

    per_minute: float
    log_depth: float


def find_breathing(at_s: Array, modulations: Array) -> Breathing | None:
    """Return rate and depth of the breathing that modulates a pulse; None without a clear peak.

    Parameters
    ----------
    at_s : (N,)
        Times of beats, increasing, over about `SPAN_S`.
    modulations : (3, N)
        Amplitude, baseline and interval of each beat, each relative to its usual size.
    """
    grid = np.arange(at_s[0], at_s[-1], 1 / _GRID_HZ)
    even = sp.detrend(np.array([np.interp(grid, at_s, row) for row in modulations]))  # (3, G)
    frequency, power = _measure_power(even)
    total = power[:, _between(frequency, _POWER_HZ)].sum(axis=1, keepdims=True)
    if not (total > _LEAST_POWER).all():
        return None
    fused = (power / total).mean(axis=0)  # (F,)
    inside = np.flatnonzero(_between(frequency, BAND_HZ))
    peak = inside[fused[inside].argmax()]
    near = np.abs(frequency - frequency[peak]) <= _LOBE_HZ
    if fused[peak] < max(fused[peak - 1], fused[peak + 1]) or fused[near].sum() < CLEAR:
        return None
    variance = power[:, near].sum(axis=1) * frequency[1]
    # Straight lines between beats weaken a wave, a fast one more.
    kept = np.sinc(frequency[peak] * np.median(np.diff(at_s))) ** 2
    depth = np.log(variance).mean() / 2 - np.log(kept)
    return Breathing(60 * float(frequency[peak]), float(depth))


def _measure_power(rows: Array) -> tuple[Array, Array]:
    """Return (F,) in Hz and (3, F), as `scipy.signal.periodogram` with a Hann window, but faster.

    Its checks take longer than the transform, and each Window needs one.
    """
    window = sp.get_window("hann", rows.shape[1])
    power = np.abs(np.fft.rfft(rows * window, _POINTS)) ** 2  # (3, F)
    power[:, 1:-1] *= 2
    frequency = np.asarray(np.fft.rfftfreq(_POINTS, 1 / _GRID_HZ), np.float64)  # (F,)
    return frequency, power / (_GRID_HZ * np.sum(window**2))


def _between(frequency: Array, band: tuple[float, float]) -> Mask:
    return (frequency >= band[0]) & (frequency <= band[1])
