"""Heart rate from skin colour (POS, checked by CHROM), or the reason for none, as on the page.

The page's own modules (`static/js/sensors/rppg/`) give the same on `tests/vectors/rppg.json`. Only
the heart rate is computed: 20 pictures a second are too few for its variability.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray
from scipy import signal as sp

from emotion.signals.filters import Array, check_rate, check_values

Reason = Literal["on", "looking", "dark", "bright", "moving", "slow"]
Complexes = NDArray[np.complex128]

RATE_HZ, WINDOW_S = 30.0, 10.0
# At this SNR the quality is one half; below it there is no answer.
LEAST_SNR_DB, LEAST_QUALITY = 3.0, 0.5
# Largest difference between CHROM's rate and POS's, and between POS's own in the first and the last
# seconds.
MOST_APART_BPM, END_S = 5.0, 6.0
# After a longer gap between two frames the skin signal counts as lost; a tenth of the time at most.
LEAST_FPS, GAP_S, MOST_LOST_S = 12.0, 0.25, 1.0
LIGHT, MOST_CLIPPED = (40.0, 230.0), 0.02
# Eye distances a second, in nine of ten frames.
MOST_SPEED = 0.6
# A head moving at least this fast (root mean square) may have caused the "pulse", if half of the
# movement is at its rate, or half of the "pulse" is explained by the movement.
ROCKING_SPEED, ROCKING_SHARE = 0.05, 0.5

# Long enough for a beat at 38 a minute, short enough for constant light (POS: 1.6 s).
_PART_S = 1.6
_BAND_HZ, _STEP_HZ = (0.7, 3.0), 0.01
_BINS = 231
_NEAR = 10
_AT_HZ = _BAND_HZ[0] + _STEP_HZ * np.arange(_BINS)
_SNR_DB = (-30.0, 40.0)


@dataclass(frozen=True, slots=True)
class Peak:
    """The strongest frequency of a power spectrum.

    Attributes
    ----------
    bpm : float
        Beats a minute, 42-180.
    snr_db : float
        Power within 0.1 Hz of the rate and of its double, over all other power in the band.
    edge : bool
        The strongest is no peak but the slope of something slower or faster than a heart.
    """

    bpm: float
    snr_db: float
    edge: bool


@dataclass(frozen=True, slots=True)
class Pulse:
    """The result for ten seconds of skin colour.

    Attributes
    ----------
    rate_bpm : float or None
        None if `quality` is below one half.
    snr_db : float
        Of POS or CHROM, the smaller.
    disagreement_bpm : float
        Between POS and CHROM.
    quality : float
        0-1: a logistic of SNR - 3 dB, or 0 if another check fails.
    reason : str
        ``on``, or why there is no rate: ``looking`` (noise, disagreement, a gap), ``dark``,
        ``bright``, ``moving``, ``slow`` (under 12 pictures a second).
    """

    rate_bpm: float | None
    snr_db: float
    disagreement_bpm: float
    quality: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class SkinStretch:
    """Skin colours in the frames of some seconds.

    Attributes
    ----------
    times_s : (N,)
        Increasing.
    colours : (N, 3)
        Mean red, green and blue of the skin, 0-255.
    clipped : (N,)
        Share of its pixels at the end of the scale.
    moved : (N, 2)
        Speed of the face to the right and down, eye distances a second.
    """

    times_s: Array
    colours: Array
    clipped: Array
    moved: Array


def read_pulse(stretch: SkinStretch) -> Pulse | None:
    """Return the result for the last ten seconds; None with fewer.

    Raises
    ------
    ValueError
        If a colour is not finite.
    """
    grid = stretch.times_s[-1] - np.arange(round(WINDOW_S * RATE_HZ))[::-1] / RATE_HZ
    if len(stretch.times_s) < 2 or stretch.times_s[0] > grid[0]:
        return None
    even = _interpolate(grid, stretch.times_s, stretch.colours)
    trace = pos(even, RATE_HZ)
    by_pos, by_chrom = _strongest(trace), find_peak(_power(chrom(even, RATE_HZ)))
    snr_db = min(by_pos.snr_db, by_chrom.snr_db)
    apart = abs(by_pos.bpm - by_chrom.bpm)
    fault = _find_fault(stretch)
    if fault == "on" and is_rocking(
        _interpolate(grid, stretch.times_s, stretch.moved), trace, by_pos.bpm
    ):
        fault = "moving"
    steady = not by_pos.edge and _keeps_pace(trace, by_pos.bpm)
    agreed = fault == "on" and steady and apart <= MOST_APART_BPM
    quality = float(agreed / (1 + np.exp(LEAST_SNR_DB - snr_db)))
    passes = quality >= LEAST_QUALITY
    reason: Reason = fault if passes or fault != "on" else "looking"
    return Pulse(by_pos.bpm if passes else None, snr_db, apart, quality, reason)


def pos(colours: ArrayLike, rate_hz: float) -> Array:
    """Return a pulse trace (T,) of mean skin colours (T, 3): plane orthogonal to the skin.

    In each 1.6 s, of colours over their mean: S1 = G - B, S2 = G + B - 2 R, h = S1 + sd(S1) /
    sd(S2) S2; the trace is the sum of all h about their means. Changes common to the three colours
    (light, most of motion) cancel out.

    Raises
    ------
    ValueError
        If a colour is not finite or there are fewer than 1.6 s.

    References
    ----------
    Wang, den Brinker, Stuijk & de Haan, "Algorithmic principles of remote PPG", IEEE Transactions
    on Biomedical Engineering 64(7), 2017, algorithm 1.
    """
    rows = check_values(colours)
    length = round(_PART_S * check_rate(rate_hz))
    if len(rows) < length:
        raise ValueError(f"expected at least {length} samples, got {len(rows)}")
    parts = sliding_window_view(rows, length, axis=0)  # (P, 3, L)
    red, green, blue = np.moveaxis(parts / parts.mean(axis=2, keepdims=True), 1, 0)
    one, two = _centre(green - blue), _centre(green + blue - 2 * red)
    spread = two.std(axis=1, keepdims=True)
    held = one + one.std(axis=1, keepdims=True) / np.where(spread > 0, spread, 1) * two
    trace = np.zeros(len(rows))
    for start, part in enumerate(held):
        trace[start : start + length] += part
    return trace


def chrom(colours: ArrayLike, rate_hz: float) -> Complexes:
    """Return the spectrum (231,) of a pulse trace of mean skin colours (T, 3): chrominance.

    Of colours over their mean, in the band: X = 3 R - 2 G, Y = 1.5 R + G - 1.5 B, S = X - sd(X) /
    sd(Y) Y. Specular reflection changes neither X nor Y in proportion. The paper band-passes X and
    Y and then takes their spreads; here both are taken in the spectrum.

    References
    ----------
    de Haan & Jeanne, "Robust pulse rate from chrominance-based rPPG", IEEE Transactions on
    Biomedical Engineering 60(10), 2013, equations 5-8.
    """
    rows = check_values(colours)
    red, green, blue = (rows / rows.mean(axis=0)).T
    x, y = (
        compute_spectrum(3 * red - 2 * green, rate_hz),
        compute_spectrum(1.5 * red + green - 1.5 * blue, rate_hz),
    )
    spread = float(np.linalg.norm(y))
    return x - np.linalg.norm(x) / (spread or 1) * y


def compute_spectrum(values: ArrayLike, rate_hz: float) -> Complexes:
    """Return the spectrum (231,) of (T,) at 0.70, 0.71 ... 3.00 Hz: detrended, Hann-windowed."""
    rows = sp.detrend(check_values(values))
    shaped = rows * sp.windows.hann(len(rows), sym=False)
    found = sp.zoom_fft(shaped, _BAND_HZ, _BINS, fs=check_rate(rate_hz), endpoint=True)
    return np.asarray(found, np.complex128)


def find_peak(power: Array) -> Peak:
    """Return the peak of a power spectrum (231,) from `spectrum`, by a parabola through it."""
    top = int(np.argmax(power))
    edge = top in (0, len(power) - 1)
    beside = 0.0 if edge else _vertex(power[top - 1 : top + 2])
    return Peak(60 * (_BAND_HZ[0] + _STEP_HZ * (top + beside)), _snr_db(power, top), edge)


def is_rocking(moved: ArrayLike, trace: ArrayLike, bpm: float) -> bool:
    """Return whether a head's speed (T, 2), eye distances a second at 30 Hz, may explain a pulse.

    Skin is not uniform in colour, so a face that moves under the sampled places gives all methods
    its own rate. True if half of the movement is at the rate `bpm`, or if position and speed
    explain half of the pulse trace (T,).
    """
    rows = check_values(moved)
    speeds = np.stack([compute_spectrum(axis, RATE_HZ) for axis in rows.T])
    to_beat = _power_near(np.sum(_power(speeds), axis=0), bpm)
    share = max(to_beat, _explained_share(compute_spectrum(trace, RATE_HZ), speeds))
    speed = np.sqrt((rows**2).sum(axis=1).mean())
    return bool(speed >= ROCKING_SPEED and share >= ROCKING_SHARE)


def _power_near(power: Array, bpm: float) -> float:
    """Return the share of a power spectrum within 0.1 Hz of a rate."""
    near = np.abs(_AT_HZ - bpm / 60) <= _NEAR * _STEP_HZ
    return float(power[near].sum() / (power.sum() or 1))


def _explained_share(seen: Complexes, speeds: Complexes) -> float:
    """Return the share of a trace's power explained by speeds (A, 231) and their integrals."""
    causes = _stack_parts(np.concatenate([speeds, speeds / (1j * _AT_HZ)]).T)
    target = _stack_parts(seen)
    left = target - causes @ np.linalg.lstsq(causes, target)[0]
    return 1 - float((left**2).sum() / ((target**2).sum() or 1))


def _stack_parts(found: Complexes) -> Array:
    """Return the real parts stacked on the imaginary ones."""
    return np.concatenate([found.real, found.imag])


def _strongest(trace: Array) -> Peak:
    return find_peak(_power(compute_spectrum(trace, RATE_HZ)))


def _keeps_pace(trace: Array, bpm: float) -> bool:
    """Return whether the first and the last seconds alone have that rate, too."""
    rows = round(END_S * RATE_HZ)
    ends = (trace[:rows], trace[-rows:])
    return all(abs(_strongest(end).bpm - bpm) <= MOST_APART_BPM for end in ends)


def _snr_db(power: Array, top: int) -> float:
    at = np.arange(len(power))
    double = round(_BAND_HZ[0] / _STEP_HZ) + 2 * top
    near = (np.abs(at - top) <= _NEAR) | (np.abs(at - double) <= _NEAR)
    pulse, rest = float(power[near].sum()), float(power[~near].sum())
    if pulse == 0:
        return _SNR_DB[0]
    return float(np.clip(10 * np.log10(pulse / rest), *_SNR_DB)) if rest else _SNR_DB[1]


def _vertex(three: Array) -> float:
    """Return the position of the parabola's maximum through three bins, from the middle one."""
    bend = three[0] - 2 * three[1] + three[2]
    return float((three[0] - three[2]) / (2 * bend)) if bend else 0.0


def _find_fault(stretch: SkinStretch) -> Reason:
    """Return what is wrong with the recording of the skin, independent of its colours."""
    last = stretch.times_s > stretch.times_s[-1] - WINDOW_S
    light = float((stretch.colours[last] @ [0.299, 0.587, 0.114]).mean())
    if light < LIGHT[0]:
        return "dark"
    if light > LIGHT[1] or stretch.clipped[last].mean() >= MOST_CLIPPED:
        return "bright"
    if (np.linalg.norm(stretch.moved[last], axis=1) > MOST_SPEED).mean() > 0.1:
        return "moving"
    if last.sum() / WINDOW_S < LEAST_FPS:
        return "slow"
    gaps = np.diff(stretch.times_s[last])
    return "looking" if gaps[gaps > GAP_S].sum() > MOST_LOST_S else "on"


def _interpolate(grid: Array, times_s: Array, rows: Array) -> Array:
    """Return (T, C): rows (N, C) interpolated linearly."""
    return np.stack([np.interp(grid, times_s, column) for column in check_values(rows).T], axis=1)


def _power(found: Complexes) -> Array:
    return np.asarray(np.abs(found) ** 2)


def _centre(rows: Array) -> Array:
    return np.asarray(rows - rows.mean(axis=1, keepdims=True))
