"""Skin conductance: tonic level, phasic part, and responses (SCRs)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import signal as sp

from emotion.signals.filters import (
    EDA,
    Array,
    FilterBand,
    check_rate,
    check_values,
    design,
    filter_offline,
)

# The level changes more slowly than this, responses faster (Boucsein et al. 2012; BioPac's split).
_QUICK = FilterBand("phasic", 2, 0.05, None)
# The smallest rise that counts as a response.
AMPLITUDE_US = 0.05
# A response rises for at least 0.2 s and at most this long.
_RISE_S = (0.2, 8.0)
_GENTLE = 0.1


@dataclass(frozen=True, slots=True)
class SkinConductance:
    """Decomposed skin conductance.

    Attributes
    ----------
    tonic, phasic : (T,) µS
        Level, and what is faster than 0.05 Hz; their sum is the conductance below 3 Hz.
    """

    tonic: Array
    phasic: Array


@dataclass(frozen=True, slots=True)
class SkinResponses:
    """The skin conductance responses of a stretch.

    Attributes
    ----------
    onset_s, peak_s : (N,) s after the first sample
    amplitude_us : (N,) µS
        Rise from onset to peak.
    per_minute : float
    """

    onset_s: Array
    peak_s: Array
    amplitude_us: Array
    per_minute: float


def split(raw: ArrayLike, rate_hz: float) -> SkinConductance:
    """Decompose a conductance (T,) in µS, without delay.

    Raises
    ------
    ValueError
        If a sample is not finite, or there are fewer than 10 s, too few for a level.
    """
    smooth = _smooth(raw, rate_hz)
    pad = min(len(smooth) - 1, round(20 * rate_hz))
    phasic = sp.sosfiltfilt(design(_QUICK, rate_hz), smooth, padtype="odd", padlen=pad)
    phasic = np.asarray(phasic, np.float64)
    return SkinConductance(smooth - phasic, phasic)


def find_responses(raw: ArrayLike, rate_hz: float, least_us: float = AMPLITUDE_US) -> SkinResponses:
    """Find the responses of at least `least_us` in a conductance (T,) in µS.

    A response is a peak of the phasic part, rising from the trough before it. Raises ValueError as
    `split` does.
    """
    phasic = split(raw, rate_hz).phasic
    peaks, _ = sp.find_peaks(phasic, prominence=least_us)
    onset = _onsets(phasic, peaks, max(1, round(_RISE_S[1] * rate_hz)))
    rise = phasic[peaks] - phasic[onset]
    kept = (peaks - onset >= _RISE_S[0] * rate_hz) & (rise >= least_us)
    minutes = len(phasic) / rate_hz / 60
    return SkinResponses(
        onset_s=onset[kept] / rate_hz,
        peak_s=peaks[kept] / rate_hz,
        amplitude_us=rise[kept],
        per_minute=float(kept.sum() / minutes),
    )


def _onsets(phasic: Array, peaks: NDArray[np.intp], longest: int) -> NDArray[np.intp]:
    """Return (N,) where each peak's rise begins: after the previous peak, at most `longest`
    back.
    """
    first = np.maximum(np.concatenate([[0], peaks[:-1]]), peaks - longest)[: len(peaks)]
    spans = zip(first.tolist(), peaks.tolist(), strict=True)
    return np.array([start + _foot(phasic[start : peak + 1]) for start, peak in spans], np.intp)


def _foot(rise: Array) -> int:
    """Return where a rise (R,) that ends at its peak begins.

    The phasic part recovers slowly after a response, so its lowest sample may be seconds before the
    next one begins. The foot is where, going back from the steepest place, the slope falls below a
    tenth of that place's.
    """
    low = int(rise.argmin())
    slope = np.diff(rise[low:])
    if len(slope) == 0:
        return low
    steepest = int(slope.argmax())
    gentle = np.flatnonzero(slope[:steepest] < _GENTLE * slope[steepest])
    return low + (int(gentle[-1]) + 1 if len(gentle) else 0)


def _smooth(raw: ArrayLike, rate_hz: float) -> Array:
    rows = check_values(raw)
    if rows.ndim != 1 or len(rows) < 10 * check_rate(rate_hz):
        raise ValueError(f"eda: expected (T,) of 10 s at least, got {rows.shape} at {rate_hz:g} Hz")
    return filter_offline(rows, design(EDA, rate_hz))
