"""Simulated heart and skin signals with known beats and responses, and planted motion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# A pulse's crest and its echo (s), their widths (s) and heights.
_PULSE = ((0.0, 0.09, 1.0), (0.28, 0.11, 0.35))
# An ECG's P, Q, R, S and T: time from the R peak (s), width (s), height (mV).
_ECG = (
    (-0.17, 0.025, 0.12),
    (-0.025, 0.01, -0.12),
    (0.0, 0.011, 1.0),
    (0.027, 0.011, -0.2),
    (0.25, 0.05, 0.3),
)
_BURST_EVERY_S = 4.0


@dataclass(frozen=True, slots=True)
class Wave:
    """A signal and its true events.

    Attributes
    ----------
    values : (T,)
        Arbitrary units (PPG), mV (ECG), µS (EDA).
    rate_hz : float
    events_s : (N,)
        Times of the crests, R peaks or response onsets.
    """

    values: Array
    rate_hz: float
    events_s: Array


def beat_times(bpm: float, seconds: float, rng: np.random.Generator) -> Array:
    """Return (N,) the beats of `seconds` at `bpm`, with breathing, a slow wave and jitter.

    Intervals vary by 3 % at 0.25 Hz and 2 % at 0.1 Hz, with 0.5 % jitter.
    """
    breath, slow = rng.uniform(0, 2 * np.pi, 2)
    times, at = [], float(rng.uniform(0, 60 / bpm))
    while at < seconds:
        times.append(at)
        swing = 0.03 * np.sin(0.5 * np.pi * at + breath) + 0.02 * np.sin(0.2 * np.pi * at + slow)
        at += 60 / bpm * (1 + swing + 0.005 * float(rng.standard_normal()))
    return np.array(times)


def simulate_ppg(
    bpm: float,
    rng: np.random.Generator,
    *,
    seconds: float = 60.0,
    rate_hz: float = 128.0,
    motion: float = 0.0,
) -> Wave:
    """Simulate a wrist PPG: pulses, baseline wander of breathing, noise, and bursts of motion.

    Parameters
    ----------
    motion : float
        Bursts of motion per 4 s, on average (Poisson). A burst lasts 0.5-1.5 s, swings at 0.7-4 Hz
        and reaches 1 to 3 times a pulse's height.
    """
    beats = beat_times(bpm, seconds, rng)
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    values = _sum_bells(times, beats, _PULSE) + 0.01 * rng.standard_normal(len(times))
    values += 0.3 * np.sin(0.5 * np.pi * times + rng.uniform(0, 2 * np.pi))
    return Wave(values + _draw_motion(times, motion, rng), rate_hz, beats)


def simulate_ecg(
    bpm: float,
    rng: np.random.Generator,
    *,
    seconds: float = 60.0,
    rate_hz: float = 256.0,
    noise: float = 0.02,
) -> Wave:
    """Simulate an ECG (mV): P, QRS, T, wander, the mains' 50 Hz, and `noise` mV of white noise."""
    beats = beat_times(bpm, seconds, rng)
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    values = _sum_bells(times, beats, _ECG) + noise * rng.standard_normal(len(times))
    values += 0.2 * np.sin(0.4 * np.pi * times) + 0.03 * np.sin(100 * np.pi * times)
    return Wave(values, rate_hz, beats)


def simulate_eda(
    onsets_s: Array,
    amplitudes_us: Array,
    rng: np.random.Generator,
    *,
    seconds: float = 120.0,
    rate_hz: float = 4.0,
    level_us: float = 5.0,
) -> Wave:
    """Simulate a conductance (µS): responses of known onset and height on a drifting level.

    A response rises with 0.75 s and falls with 2 s (Bateman's function), as in Bach et al. 2010.
    """
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    since = np.maximum(times[:, None] - np.asarray(onsets_s), 0)  # (T, N)
    shape = np.exp(-since / 2) - np.exp(-since / 0.75)
    crest = np.log(2 / 0.75) / (1 / 0.75 - 1 / 2)
    height = np.exp(-crest / 2) - np.exp(-crest / 0.75)
    level = level_us + 0.2 * np.sin(2 * np.pi * times / 100) + 0.002 * times
    noise = 0.002 * rng.standard_normal(len(times))
    return Wave(level + shape @ np.asarray(amplitudes_us) / height + noise, rate_hz, onsets_s)


def _sum_bells(times: Array, beats: Array, waves: tuple[tuple[float, float, float], ...]) -> Array:
    """Return (T,) the sum of each beat's bells, each evaluated only near the beat."""
    total = np.zeros(len(times))
    for after, width, height in waves:
        reach = 5 * width
        for middle in beats + after:
            first, last = np.searchsorted(times, (middle - reach, middle + reach))
            near = times[first:last] - middle
            total[first:last] += height * np.exp(-0.5 * (near / width) ** 2)
    return total


def _draw_motion(times: Array, motion: float, rng: np.random.Generator) -> Array:
    seconds = len(times) * float(times[1]) if len(times) > 1 else 0.0
    total = np.zeros(len(times))
    for _ in range(rng.poisson(motion * seconds / _BURST_EVERY_S)):
        start, length = rng.uniform(0, seconds), rng.uniform(0.5, 1.5)
        inside = (times >= start) & (times < start + length)
        since = times[inside] - start
        swing = np.sin(2 * np.pi * rng.uniform(0.7, 4) * since + rng.uniform(0, 2 * np.pi))
        total[inside] += rng.uniform(1, 3) * swing * np.sin(np.pi * since / length) ** 2
    return total
