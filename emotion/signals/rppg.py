"""Heart rate from skin colour (POS, checked by CHROM), or none and why: the page's reckoning.

The page's own modules (`static/js/sensors/rppg/`) give the same on `tests/vectors/rppg.json`. Only
the heart's rate comes out of this: 20 pictures a second do not carry its variability.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray
from scipy import signal as sp

from emotion.signals.filters import Array, checked, checked_rate

Reason = Literal["on", "looking", "dark", "bright", "moving", "slow"]
Complexes = NDArray[np.complex128]

RATE_HZ, WINDOW_S = 30.0, 10.0
# At this SNR the quality is a half, and less is no answer.
LEAST_SNR_DB, LEAST_QUALITY = 3.0, 0.5
# CHROM's rate from that of POS, and POS's own in the first and the last seconds.
MOST_APART_BPM, END_S = 5.0, 6.0
# Longer than a gap between two frames, what the skin did is lost; a tenth of the time at most.
LEAST_FPS, GAP_S, MOST_LOST_S = 12.0, 0.25, 1.0
LIGHT, MOST_CLIPPED = (40.0, 230.0), 0.02
# Eye distances a second, in nine of ten frames.
MOST_SPEED = 0.6
# A head that moves at least so fast (root mean square), half of it to the beat of the "pulse" or
# half of the "pulse" as it goes, may well be what made it.
ROCKING_SPEED, ROCKING_SHARE = 0.05, 0.5

# Long enough for a beat at 38 a minute, short enough for light to stand still (POS: 1.6 s).
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
    """What ten seconds of skin colour say of the heart.

    Attributes
    ----------
    rate_bpm : float or None
        None wherever `quality` is below a half.
    snr_db : float
        Of POS or CHROM, the less.
    disagreement_bpm : float
        Between POS and CHROM.
    quality : float
        0-1: a logistic of SNR - 3 dB, or 0 where another check fails.
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
class Stretch:
    """Skin as the frames of some seconds showed it.

    Attributes
    ----------
    times_s : (N,)
        Increasing.
    colours : (N, 3)
        Mean red, green and blue of the skin, 0-255.
    clipped : (N,)
        Share of its pixels at the end of the scale.
    moved : (N, 2)
        How fast the face goes right and down, eye distances a second.
    """

    times_s: Array
    colours: Array
    clipped: Array
    moved: Array


def read(stretch: Stretch) -> Pulse | None:
    """Return what the last ten seconds say; None where there are not ten.

    Raises
    ------
    ValueError
        Where a colour is not finite.
    """
    grid = stretch.times_s[-1] - np.arange(round(WINDOW_S * RATE_HZ))[::-1] / RATE_HZ
    if len(stretch.times_s) < 2 or stretch.times_s[0] > grid[0]:
        return None
    even = _on(grid, stretch.times_s, stretch.colours)
    trace = pos(even, RATE_HZ)
    by_pos, by_chrom = _strongest(trace), peak(_power(chrom(even, RATE_HZ)))
    snr_db = min(by_pos.snr_db, by_chrom.snr_db)
    apart = abs(by_pos.bpm - by_chrom.bpm)
    fault = _fault(stretch)
    if fault == "on" and rocking(_on(grid, stretch.times_s, stretch.moved), trace, by_pos.bpm):
        fault = "moving"
    steady = not by_pos.edge and _keeps_pace(trace, by_pos.bpm)
    agreed = fault == "on" and steady and apart <= MOST_APART_BPM
    quality = float(agreed / (1 + np.exp(LEAST_SNR_DB - snr_db)))
    passes = quality >= LEAST_QUALITY
    reason: Reason = fault if passes or fault != "on" else "looking"
    return Pulse(by_pos.bpm if passes else None, snr_db, apart, quality, reason)


def pos(colours: ArrayLike, rate_hz: float) -> Array:
    """Return a pulse trace (T,) of mean skin colours (T, 3): plane orthogonal to the skin.

    In each 1.6 s, of colours over their mean: S1 = G - B, S2 = G + B - 2 R,
    h = S1 + sd(S1) / sd(S2) S2; the trace is the sum of all h about their means. What changes the
    three colours alike (light, most of motion) falls out.

    Raises
    ------
    ValueError
        Where a colour is not finite or there are fewer than 1.6 s.

    References
    ----------
    Wang, den Brinker, Stuijk & de Haan, "Algorithmic principles of remote PPG", IEEE Transactions
    on Biomedical Engineering 64(7), 2017, algorithm 1.
    """
    rows = checked(colours)
    length = round(_PART_S * checked_rate(rate_hz))
    if len(rows) < length:
        raise ValueError(f"expected at least {length} samples, got {len(rows)}")
    parts = sliding_window_view(rows, length, axis=0)  # (P, 3, L)
    red, green, blue = np.moveaxis(parts / parts.mean(axis=2, keepdims=True), 1, 0)
    one, two = _centred(green - blue), _centred(green + blue - 2 * red)
    spread = two.std(axis=1, keepdims=True)
    held = one + one.std(axis=1, keepdims=True) / np.where(spread > 0, spread, 1) * two
    trace = np.zeros(len(rows))
    for start, part in enumerate(held):
        trace[start : start + length] += part
    return trace


def chrom(colours: ArrayLike, rate_hz: float) -> Complexes:
    """Return the spectrum (231,) of a pulse trace of mean skin colours (T, 3): chrominance.

    Of colours over their mean, in the band: X = 3 R - 2 G, Y = 1.5 R + G - 1.5 B,
    S = X - sd(X) / sd(Y) Y. A shine on the skin changes neither X nor Y in proportion. The paper
    band-passes X and Y and then takes their spreads; here both are taken in the spectrum.

    References
    ----------
    de Haan & Jeanne, "Robust pulse rate from chrominance-based rPPG", IEEE Transactions on
    Biomedical Engineering 60(10), 2013, equations 5-8.
    """
    rows = checked(colours)
    red, green, blue = (rows / rows.mean(axis=0)).T
    x, y = spectrum(3 * red - 2 * green, rate_hz), spectrum(1.5 * red + green - 1.5 * blue, rate_hz)
    spread = float(np.linalg.norm(y))
    return x - np.linalg.norm(x) / (spread or 1) * y


def spectrum(values: ArrayLike, rate_hz: float) -> Complexes:
    """Return the spectrum (231,) of (T,) at 0.70, 0.71 ... 3.00 Hz: detrended, Hann-windowed."""
    rows = sp.detrend(checked(values))
    shaped = rows * sp.windows.hann(len(rows), sym=False)
    found = sp.zoom_fft(shaped, _BAND_HZ, _BINS, fs=checked_rate(rate_hz), endpoint=True)
    return np.asarray(found, np.complex128)


def peak(power: Array) -> Peak:
    """Return the peak of a power spectrum (231,) as `spectrum` has it, by a parabola through it."""
    top = int(np.argmax(power))
    edge = top in (0, len(power) - 1)
    beside = 0.0 if edge else _vertex(power[top - 1 : top + 2])
    return Peak(60 * (_BAND_HZ[0] + _STEP_HZ * (top + beside)), _snr_db(power, top), edge)


def rocking(moved: ArrayLike, trace: ArrayLike, bpm: float) -> bool:
    """Say whether a head's speed (T, 2), eye distances a second at 30 Hz, may have made a pulse.

    Skin is not of one colour: a face that rocks under the places looked at gives all methods the
    same rate, its own. Either half of its movement is to the beat of `bpm`, or where it is and how
    fast it goes account for half of the pulse trace (T,).
    """
    rows = checked(moved)
    speeds = np.stack([spectrum(axis, RATE_HZ) for axis in rows.T])
    to_beat = _near(np.sum(_power(speeds), axis=0), bpm)
    share = max(to_beat, _explained(spectrum(trace, RATE_HZ), speeds))
    speed = np.sqrt((rows**2).sum(axis=1).mean())
    return bool(speed >= ROCKING_SPEED and share >= ROCKING_SHARE)


def _near(power: Array, bpm: float) -> float:
    """Return the share of a power spectrum that is within 0.1 Hz of a rate."""
    near = np.abs(_AT_HZ - bpm / 60) <= _NEAR * _STEP_HZ
    return float(power[near].sum() / (power.sum() or 1))


def _explained(seen: Complexes, speeds: Complexes) -> float:
    """Return the share of a trace's power that speeds (A, 231) and their sums over time make."""
    causes = _real(np.concatenate([speeds, speeds / (1j * _AT_HZ)]).T)
    target = _real(seen)
    left = target - causes @ np.linalg.lstsq(causes, target)[0]
    return 1 - float((left**2).sum() / ((target**2).sum() or 1))


def _real(found: Complexes) -> Array:
    """Return the real parts above the others."""
    return np.concatenate([found.real, found.imag])


def _strongest(trace: Array) -> Peak:
    return peak(_power(spectrum(trace, RATE_HZ)))


def _keeps_pace(trace: Array, bpm: float) -> bool:
    """Say whether the first and the last seconds alone have that rate, too."""
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
    """Return where the parabola through three bins is highest, from the middle one."""
    bend = three[0] - 2 * three[1] + three[2]
    return float((three[0] - three[2]) / (2 * bend)) if bend else 0.0


def _fault(stretch: Stretch) -> Reason:
    """Return what is wrong with how the skin was seen, whatever its colours say."""
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


def _on(grid: Array, times_s: Array, rows: Array) -> Array:
    """Return (T, C): straight lines between rows (N, C)."""
    return np.stack([np.interp(grid, times_s, column) for column in checked(rows).T], axis=1)


def _power(found: Complexes) -> Array:
    return np.asarray(np.abs(found) ** 2)


def _centred(rows: Array) -> Array:
    return np.asarray(rows - rows.mean(axis=1, keepdims=True))
