"""Features of a pulse wave, PPG or ECG: rate, pulse amplitude, variability, respiration, quality.

Rate and amplitude are read from the last 5 s, variability and respiration from 30 s. So a Track may
begin up to 30 s before the Window's end, earlier than the Window; what needs more than it holds is
masked. What fails the quality checks of `emotion.signals` is masked too, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from emotion.features.pulse_columns import NAMES, SPAN_S
from emotion.features.resampling import STEP_S, STEPS, Steps, make_masked
from emotion.signals import hrv
from emotion.signals.filters import Array
from emotion.signals.heart_rate import LEAST_INTERVALS, HeartBeats, read_ecg, read_ppg
from emotion.signals.quality import RATE_QUALITY, VARIABILITY_QUALITY, to_samples
from emotion.signals.respiration import find_breathing
from emotion.signals.rr_intervals import GATE, Intervals
from emotion.windows import Track

# Rate and amplitude are means over the intervals that ended in so many steps.
NEAR = 5
# Shorter gaps between rows are interpolated, longer ones are faults (assumed).
GAP_S = 0.1

_NEIGHBOURS = 11
_UNKNOWN = float("nan")


@dataclass(frozen=True, slots=True)
class _Sensor:
    """How a sensor's wave is read, and the rate in Hz above which that is possible."""

    read: Callable[[Array, float, NDArray[np.bool_]], HeartBeats]
    above_hz: float


_PPG, _ECG = _Sensor(read_ppg, 16.0), _Sensor(read_ecg, 60.0)


@dataclass(frozen=True, slots=True)
class _Wave:
    """A Track's values and faults (N,) on an even grid; times in s before (negative) `t1`."""

    values: Array
    lost: NDArray[np.bool_]
    rate_hz: float
    first_s: float
    begin_s: float


@dataclass(frozen=True, slots=True)
class _Pulses:
    """Intervals between beats, with each one's swing and level; times in s before `t1`."""

    intervals: Intervals
    swing: Array
    level: Array
    begin_s: float


def ppg_features(track: Track, t1: float, steps: int = STEPS) -> Steps:
    """Return (T, 8): rate (bpm) and log swing with their changes, quality, log RMSSD, respiration.

    A change is the difference from five steps before. Quality is the share of the last five steps
    with good intervals. Respiration is breaths a minute and the log of their relative depth.
    """
    return _features(track, t1, steps, _PPG)


def ecg_features(track: Track, t1: float, steps: int = STEPS) -> Steps:
    """Return (T, 8) as `ppg_features`, of an ECG."""
    return _features(track, t1, steps, _ECG)


def _features(track: Track, t1: float, steps: int, sensor: _Sensor) -> Steps:
    wave = _resample(track, t1, max(SPAN_S, STEP_S * steps))
    if wave is None or wave.rate_hz <= sensor.above_hz:
        return make_masked(len(NAMES), steps)
    pulses = _find_pulses(wave, sensor)
    values = np.stack([*_near_columns(pulses, steps), *_slow_columns(pulses, steps)], axis=1)
    known = np.isfinite(values)  # (T, 8)
    return Steps(np.where(known, values, 0).astype(np.float32), known)


def _resample(track: Track, t1: float, span_s: float) -> _Wave | None:
    """Return the Track's last `span_s` seconds before `t1`; None if they hold too few rows."""
    kept = track.mask[:, 0] & (track.times > t1 - span_s - track.period_s) & (track.times < t1)
    at, rate_hz = track.times[kept] - t1, 1 / track.period_s
    if len(at) < NEAR * STEP_S * rate_hz:
        return None
    # Rows' own times are kept to a hundredth of a period, as the clocks of Blocks differ.
    before = int((at[-1] - max(at[0], -span_s)) * rate_hz + 0.01)
    after = max(0, int(np.ceil(-at[-1] * rate_hz - 0.01)) - 1)
    grid = at[-1] + np.arange(-before, after + 1) / rate_hz
    values = np.interp(grid, at, track.values[kept, 0].astype(np.float64))
    row = np.searchsorted(at, grid)
    gap = np.diff(at, prepend=at[0], append=0.0)[row]
    begin = -span_s if at[0] <= track.period_s - span_s else float(at[0])
    return _Wave(values, gap > GAP_S, rate_hz, float(grid[0]), begin)


def _find_pulses(wave: _Wave, sensor: _Sensor) -> _Pulses:
    heart = sensor.read(wave.values, wave.rate_hz, wave.lost)
    at = np.clip(to_samples(heart.beats_s, wave.rate_hz), 0, len(wave.values) - 1)
    if len(at) < 2:
        return _Pulses(heart.intervals, np.zeros(0), np.zeros(0), wave.begin_s)
    whole = ~np.logical_or.reduceat(wave.lost, at)[:-1]
    good = heart.intervals.good & whole & _resemble_neighbours(heart.intervals.length_s)
    found = replace(heart.intervals, end_s=heart.intervals.end_s + wave.first_s, good=good)
    swing = np.maximum.reduceat(heart.filtered, at) - np.minimum.reduceat(heart.filtered, at)
    level = np.add.reduceat(wave.values, at)[:-1] / np.maximum(np.diff(at), 1)
    return _Pulses(found, np.maximum(swing[:-1], np.finfo(float).tiny), level, wave.begin_s)


def _resemble_neighbours(length_s: Array) -> NDArray[np.bool_]:
    """Return (N,): whether a length is near its neighbours' median, also where a stretch ends.

    `find_plausible` repeats the last length, which there is its own median: a missed beat passes.
    """
    usual = median_filter(length_s, _NEIGHBOURS, mode="mirror")
    return np.asarray(np.abs(length_s / usual - 1) <= GATE)


def _near_columns(pulses: _Pulses, steps: int) -> tuple[Array, ...]:
    """Return rate, its change, log swing, its change, and quality, each (T,), NaN if unknown."""
    ends = np.arange(-steps - NEAR + 1, 1, dtype=np.float64) * STEP_S  # (NEAR + T,)
    found, good = pulses.intervals, pulses.intervals.good.astype(np.float64)
    count = _sum_near(found.end_s, good, ends)
    covered = _sum_near(found.end_s, good * found.length_s, ends)
    size = _sum_near(found.end_s, good * np.log(pulses.swing), ends)
    enough = ends - NEAR * STEP_S >= pulses.begin_s
    quality = np.where(enough, np.minimum(covered / (NEAR * STEP_S), 1), _UNKNOWN)
    released = (count >= LEAST_INTERVALS) & (quality >= RATE_QUALITY)
    count = np.where(released, count, _UNKNOWN)
    rate, size = 60 * count / covered, size / count
    return (*_changes(rate), *_changes(size), quality[NEAR:])


def _sum_near(end_s: Array, values: Array, ends: Array) -> Array:
    """Return the sum of the values whose interval ended in the last `NEAR` steps of each end."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    first, last = (np.searchsorted(end_s, ends - back, "right") for back in (NEAR * STEP_S, 0))
    return np.asarray(sums[last] - sums[first])


def _changes(values: Array) -> tuple[Array, Array]:
    return values[NEAR:], values[NEAR:] - values[:-NEAR]


def _slow_columns(pulses: _Pulses, steps: int) -> Array:
    """Return (3, T): log RMSSD, breaths a minute, log depth; one value per 30 s, back from `t1`."""
    per_stretch = round(SPAN_S / STEP_S)
    count = -(-steps // per_stretch)
    values = np.array([_read_stretch(pulses, -SPAN_S * n) for n in reversed(range(count))])
    return np.repeat(values.T, per_stretch, axis=1)[:, -steps:]


def _read_stretch(pulses: _Pulses, end: float) -> tuple[float, float, float]:
    """Return the three of the 30 s before `end`, NaN if unknown."""
    found = pulses.intervals
    # A beat at the very edge is inside, whatever the rounding.
    begins = found.end_s - found.length_s
    inside = (found.end_s <= end + 1e-6) & (begins >= end - SPAN_S - 1e-6)
    stretch = Intervals(
        found.end_s[inside],
        found.length_s[inside],
        found.good[inside],
        found.likeness[inside],
        min(SPAN_S, end - pulses.begin_s),
    )
    if stretch.span_s < SPAN_S:
        return _UNKNOWN, _UNKNOWN, _UNKNOWN
    spread = hrv.rmssd_ms(stretch)
    log_rmssd = np.log(spread) if spread else _UNKNOWN
    return log_rmssd, *_breathe(stretch, pulses.swing[inside], pulses.level[inside])


def _breathe(stretch: Intervals, swing: Array, level: Array) -> tuple[float, float]:
    """Return breaths a minute and their log depth; NaN with too few good pulses."""
    if stretch.quality < VARIABILITY_QUALITY:
        return _UNKNOWN, _UNKNOWN
    good, length = stretch.good, stretch.length_s
    usual = np.median(swing[good])
    modulations = [swing / usual, level / usual, length / np.median(length[good])]
    found = find_breathing((stretch.end_s - length / 2)[good], np.array(modulations)[:, good])
    return (_UNKNOWN, _UNKNOWN) if found is None else (found.per_minute, found.log_depth)
