"""Reliability of a signal: beats that look alike, no flat line, no clipping, no motion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emotion.signals.filters import Array, check_rate, check_values

Mask = NDArray[np.bool_]

# Release thresholds of the quality index.
RATE_QUALITY = 0.5
VARIABILITY_QUALITY = 0.8

# No live signal keeps one value for so long; one at its extreme for this long is clipped.
_FLAT_S, _CLIPPED_S = 1.0, 0.05
# Spread of the acceleration's magnitude within a second above which a wrist moves.
MOVING_MG = 60.0
# A fault this close to a beat invalidates it.
_TOUCH_S = 0.15
# Skin conductance lies in this range, and changes no faster (Kleckner et al. 2018).
_SKIN_US, _SKIN_SLOPE_US_S = (0.05, 60.0), 10.0
# A quantised, quiet conductance may be constant for some seconds; a loose electrode, longer.
_SKIN_FLAT_S = 10.0


@dataclass(frozen=True, slots=True)
class Faults:
    """Unreliable samples (T,) of a raw signal, by reason."""

    flat: Mask
    clipped: Mask
    moving: Mask

    @property
    def any(self) -> Mask:
        """(T,) bool: True where a sample has any fault."""
        return self.flat | self.clipped | self.moving


def find_faults(raw: ArrayLike, rate_hz: float, moving: ArrayLike | None = None) -> Faults:
    """Find flat lines, clipped crests and motion in a raw PPG or ECG (T,).

    Parameters
    ----------
    moving : (T,) bool, optional
        Where an accelerometer detected motion: see `moving_at`.
    """
    rows = check_values(raw)
    length = run_lengths(rows)
    extreme = (rows == rows.max(initial=-np.inf)) | (rows == rows.min(initial=np.inf))
    least = max(3, round(_CLIPPED_S * check_rate(rate_hz)))
    still = np.zeros(len(rows), np.bool_) if moving is None else np.asarray(moving, np.bool_)
    return Faults(
        flat=length >= _FLAT_S * rate_hz, clipped=extreme & (length >= least), moving=still
    )


def find_motion(acc_mg: ArrayLike, acc_hz: float, rate_hz: float, samples: int) -> Mask:
    """Return (samples,) bool at `rate_hz`: True in the seconds in which an accelerometer moved.

    Parameters
    ----------
    acc_mg : (A, 3)
        Acceleration in thousandths of g at `acc_hz`, with the same start.
    """
    size = np.linalg.norm(check_values(acc_mg).reshape(-1, 3), axis=1)  # (A,)
    second = (np.arange(len(size)) / check_rate(acc_hz)).astype(np.intp)
    count = np.maximum(np.bincount(second), 1)
    mean = np.bincount(second, size) / count
    spread = np.sqrt(np.maximum(np.bincount(second, (size - mean[second]) ** 2) / count, 0))
    at = (np.arange(samples) / check_rate(rate_hz)).astype(np.intp)
    known = at < len(spread)
    found = np.zeros(samples, np.bool_)
    found[known] = spread[at[known]] > MOVING_MG
    return found


def measure_likeness(
    filtered: Array, beats_s: Array, rate_hz: float, around_s: tuple[float, float], broken: Mask
) -> Array:
    """Return (N,) in -1 to 1: the correlation of each beat's shape with the median beat's.

    A beat at the edge is compared over its measured part. A beat with a faulty sample within 0.15 s
    gets -1. With fewer than three beats there is no median beat: 0.

    Parameters
    ----------
    filtered : (T,)
    beats_s : (N,)
        Increasing, s after the first sample.
    around_s : (before, after)
        The extent of a beat, s before and after it.
    broken : (T,) bool
        Samples with a fault.
    """
    return np.where(
        find_intact(beats_s, rate_hz, broken),
        correlate_beats(filtered, beats_s, rate_hz, around_s),
        -1.0,
    )


def correlate_beats(
    filtered: Array, beats_s: Array, rate_hz: float, around_s: tuple[float, float]
) -> Array:
    """Return (N,) the correlations of `likeness`, ignoring faults."""
    if len(beats_s) < 3:
        return np.zeros(len(beats_s))
    before, after = (max(1, round(reach * rate_hz)) for reach in around_s)
    where = to_samples(beats_s, rate_hz)[:, None] + np.arange(-before, after)  # (N, L)
    inside = (where >= 0) & (where < len(filtered))
    shapes = filtered[np.clip(where, 0, len(filtered) - 1)]
    whole = inside.all(axis=1)
    usual = np.median(shapes[whole] if whole.any() else shapes, axis=0)  # (L,)
    return _correlation(shapes, usual, inside.astype(np.float64))


def find_intact(beats_s: Array, rate_hz: float, broken: Mask) -> Mask:
    """Return (N,) bool: beats with no `broken` sample (T,) within 0.15 s."""
    reach, last = max(1, round(_TOUCH_S * rate_hz)), len(broken)
    at = to_samples(beats_s, rate_hz)
    sums = np.concatenate([[0], np.cumsum(broken)])
    spoilt = sums[np.clip(at + reach, 0, last)] - sums[np.clip(at - reach, 0, last)]
    return np.asarray(spoilt == 0, np.bool_)


def to_samples(times_s: Array, rate_hz: float) -> NDArray[np.intp]:
    """Return (N,) the samples nearest to the times."""
    return np.rint(times_s * rate_hz).astype(np.intp)


def measure_eda_quality(raw: ArrayLike, rate_hz: float) -> float:
    """Return 0-1: the share of seconds of a conductance (T,) in µS that are plausible for skin.

    A second is implausible with a value out of 0.05-60 µS, a slope above 10 µS/s, a flat line of 10
    s, or a missing sample (NaN).
    """
    rows = np.asarray(raw, np.float64)
    if len(rows) == 0:
        return 0.0
    lost = ~((rows >= _SKIN_US[0]) & (rows <= _SKIN_US[1]))
    steep = np.abs(np.diff(rows)) * check_rate(rate_hz) > _SKIN_SLOPE_US_S
    lost[1:] |= steep
    lost |= run_lengths(rows) >= _SKIN_FLAT_S * rate_hz
    second = (np.arange(len(rows)) / rate_hz).astype(np.intp)
    return float(1 - (np.bincount(second, lost) > 0).mean())


def run_lengths(rows: Array) -> NDArray[np.intp]:
    """Return (T,): for each sample, the length of its run of equal samples."""
    if len(rows) == 0:
        return np.zeros(0, np.intp)
    starts = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]]))
    lengths = np.diff(np.append(starts, len(rows)))
    return np.repeat(lengths, lengths)


def _correlation(shapes: Array, usual: Array, weight: Array) -> Array:
    """Return (N,) the correlation of each row of `shapes` (N, L) with `usual`, weighted (N, L)."""
    total = np.maximum(weight.sum(axis=1, keepdims=True), 1)
    mine = (shapes - (shapes * weight).sum(axis=1, keepdims=True) / total) * weight
    other = (usual - (usual * weight).sum(axis=1, keepdims=True) / total) * weight
    size = np.sqrt((mine**2).sum(axis=1) * (other**2).sum(axis=1))
    return np.asarray((mine * other).sum(axis=1) / np.where(size > 0, size, np.inf))
