"""The papers' filters as second-order sections, designed alike for offline and live use."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import signal as sp

Array = NDArray[np.float64]
Sos = NDArray[np.float64]

# Paper 2 resamples every physiological signal to this rate before filtering.
PAPER_RATE_HZ = 128.0

# Paper 2 removes "the 50 Hz" without a width; 30 is a usual quality factor of a notch.
NOTCH_Q = 30.0


@dataclass(frozen=True, slots=True)
class FilterBand:
    """A Butterworth filter as specified in a paper.

    Attributes
    ----------
    name : str
    order : int
        As the paper counts it; a band-pass has twice as many poles.
    low_hz, high_hz : float or None
        The -3 dB edges; None if that side is open.
    """

    name: str
    order: int
    low_hz: float | None
    high_hz: float | None


# Paper 2, section 4.2.
PPG = FilterBand("ppg", 3, 0.5, 8.0)
ECG = FilterBand("ecg", 5, 0.5, None)
EDA = FilterBand("eda", 4, None, 3.0)


def design(band: FilterBand, rate_hz: float) -> Sos:
    """Return the sections (S, 6) of `band` at `rate_hz`.

    A low-pass whose edge is at or above half the rate has nothing to remove, as sampling has
    excluded all such frequencies. It becomes the unit section, so that EDA from a wrist device at 4
    Hz (half the rate 2 Hz, the paper's edge 3 Hz) passes unchanged.

    Raises
    ------
    ValueError
        If `rate_hz` is too low for the band's edges (except as above).
    """
    return _design(band, check_rate(rate_hz)).copy()


@lru_cache(maxsize=256)
def _design(band: FilterBand, rate_hz: float) -> Sos:
    nyquist = rate_hz / 2
    if band.low_hz is None and band.high_hz is not None and band.high_hz >= nyquist:
        return np.array([[1.0, 0, 0, 1, 0, 0]])
    edges = [edge for edge in (band.low_hz, band.high_hz) if edge is not None]
    if max(edges) >= nyquist:
        need = 2 * max(edges)
        raise ValueError(f"{band.name} filter: expected a rate above {need:g} Hz, got {rate_hz:g}")
    if len(edges) == 2:
        return sp.butter(band.order, edges, "bandpass", fs=rate_hz, output="sos")
    side: Literal["highpass", "lowpass"] = "highpass" if band.low_hz else "lowpass"
    return sp.butter(band.order, edges[0], side, fs=rate_hz, output="sos")


def design_notch(mains_hz: float, rate_hz: float) -> Sos:
    """Return one section (1, 6) that removes mains hum at `mains_hz` (50 or 60).

    Raises
    ------
    ValueError
        If `mains_hz` is not between 0 and half of `rate_hz`.
    """
    if not 0 < mains_hz < check_rate(rate_hz) / 2:
        raise ValueError(
            f"notch: expected a rate above {2 * mains_hz:g} Hz for {mains_hz:g} Hz, "
            f"got {rate_hz:g}; leave the notch out below that"
        )
    return np.asarray(sp.tf2sos(*sp.iirnotch(mains_hz, NOTCH_Q, fs=rate_hz)), np.float64)


def design_chain(band: FilterBand, rate_hz: float, mains_hz: float | None = 50.0) -> Sos:
    """Return paper 2's whole filter (S, 6): `band`, then the notch.

    The notch is omitted if half the rate is below `mains_hz`, as the hum then appears at another
    frequency.
    """
    sos = design(band, rate_hz)
    if mains_hz is None or mains_hz >= rate_hz / 2:
        return sos
    return np.concatenate([sos, design_notch(mains_hz, rate_hz)])


def filter_offline(values: ArrayLike, sos: Sos) -> Array:
    """Filter (T,) or (T, C) forwards and backwards: no delay, twice the attenuation.

    Raises
    ------
    ValueError
        If a value is not finite, or the signal is shorter than the filter's padding.
    """
    rows = check_values(values)
    pad = 3 * (2 * len(sos) + 1)
    if len(rows) <= pad:
        raise ValueError(f"expected more than {pad} samples to filter, got {len(rows)}")
    level = rows[0]  # taken off first, so that a flat line gives 0 and not the filter's rounding
    moved = _filter_both_ways(rows - level, sos, pad)
    return np.asarray(moved + level * _gain_at_rest(sos) ** 2, np.float64)


def _filter_both_ways(rows: Array, sos: Sos, pad: int) -> Array:
    """Return what `scipy.signal.sosfiltfilt` returns, with the settled state computed once."""
    before, after = 2 * rows[0] - rows[pad:0:-1], 2 * rows[-1] - rows[-2 : -pad - 2 : -1]
    padded = np.concatenate([before, rows, after])
    forwards, _ = sp.sosfilt(sos, padded, axis=0, zi=settled_state(sos, padded[0]))
    reverse = forwards[::-1]
    both, _ = sp.sosfilt(sos, reverse, axis=0, zi=settled_state(sos, reverse[0]))
    return np.asarray(both[::-1][pad:-pad], np.float64)


def filter_causally(values: ArrayLike, sos: Sos) -> Array:
    """Filter (T,) or (T, C) forwards only, as in a stream.

    It starts as if the first sample had always been the value, so that a signal's level (a PPG of
    some thousand units) is not a step. Raises ValueError if a value is not finite.
    """
    rows = check_values(values)
    if len(rows) == 0:
        return rows
    filtered, _ = sp.sosfilt(sos, rows, axis=0, zi=settled_state(sos, rows[0]))
    return np.asarray(filtered, np.float64)


def settled_state(sos: Sos, level: ArrayLike) -> Array:
    """Return the settled state (S, 2) or (S, 2, C) for a constant `level` () or (C,)."""
    return np.multiply.outer(_settle(sos.tobytes()), np.asarray(level, np.float64))


@lru_cache(maxsize=256)
def _settle(sections: bytes) -> Array:
    """Return the settled state (S, 2) for a constant 1; the sections are float64 (S, 6)."""
    return np.asarray(sp.sosfilt_zi(np.frombuffer(sections).reshape(-1, 6)), np.float64)


def cut_first(values: ArrayLike, rate_hz: float, seconds: float = 1.0) -> Array:
    """Drop the first second, in which a device that was just connected shows artefacts."""
    return np.asarray(values, np.float64)[round(seconds * check_rate(rate_hz)) :]


def standardise(values: ArrayLike) -> Array:
    """Return each channel with mean 0 and variance 1 over time; a constant one becomes all 0."""
    rows = check_values(values)
    if len(rows) == 0:
        return rows
    centred = rows - rows.mean(axis=0)
    spread = centred.std(axis=0)
    level = np.finfo(np.float64).eps * np.abs(rows).max(axis=0)
    return np.asarray(np.where(spread > level, centred / np.where(spread > 0, spread, 1), 0))


def resample(values: ArrayLike, rate_hz: float, to_hz: float = PAPER_RATE_HZ) -> Array:
    """Return (T,) or (T, C) at `to_hz`, low-pass filtered if that is slower."""
    rows = check_values(values)
    ratio = Fraction(to_hz / check_rate(rate_hz)).limit_denominator(1000)
    if ratio == 1:
        return rows
    level = rows.mean(axis=0)  # the edges are padded with 0: the level must not be one of them
    made = sp.resample_poly(rows - level, ratio.numerator, ratio.denominator, axis=0)
    return np.asarray(made + level, np.float64)


def prepare(values: ArrayLike, band: FilterBand, rate_hz: float, *, cut_s: float = 0.0) -> Array:
    """Return a signal as paper 2's network gets it: 128 Hz, filtered, cut, standardised.

    Parameters
    ----------
    values : (T,)
        Raw, at `rate_hz`.
    cut_s : float
        1 for AMIGOS, 0 elsewhere.

    Returns
    -------
    (T * 128 / rate_hz - 128 * cut_s,)
    """
    rows = filter_offline(resample(values, rate_hz), design_chain(band, PAPER_RATE_HZ))
    return standardise(cut_first(rows, PAPER_RATE_HZ, cut_s))


def check_values(values: ArrayLike) -> Array:
    """Return `values` as float64; ValueError if one is not finite, as a filter would never
    recover.
    """
    rows = np.asarray(values, np.float64)
    if not np.isfinite(rows).all():
        raise ValueError("expected finite samples; cut the signal where samples are missing")
    return rows


def check_rate(rate_hz: float) -> float:
    """Return `rate_hz`; ValueError if it is invalid."""
    if not 0 < rate_hz < np.inf:
        raise ValueError(f"expected a rate above 0 Hz, got {rate_hz}")
    return rate_hz


def _gain_at_rest(sos: Sos) -> float:
    """Return the sections' output for a constant 1."""
    return float(np.prod(sos[:, :3].sum(axis=1) / sos[:, 3:].sum(axis=1)))
