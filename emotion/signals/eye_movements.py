"""Fixations, saccades and blinks from the direction of the eyes, at any rate from 1000 to 10 Hz.

A velocity threshold (I-VT, Salvucci & Goldberg 2000) that adapts to the noise of the recording
(Engbert & Kliegl 2003). It is one angle at every rate: how far the eyes turn within 20 ms, or from
one sample to the next if that takes longer. At 10 Hz a whole saccade lies between two samples, so
its size is seen but not its speed, and smooth pursuit faster than 6 deg/s looks the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Spans = NDArray[np.int64]

# 30 deg/s over 20 ms, the usual threshold of I-VT (Olsen & Matos 2012).
SPAN_S = 0.02
SMALLEST_DEG = 0.6
# Noise turns the smoothed eyes less than so many medians of what it turns them before: 2.5 of its
# standard deviations, if it is normal. Chosen on simulated eyes that rest or look around; Engbert &
# Kliegl 2003 take 4 deviations of velocities smoothed less.
NOISE_MEDIANS = 1.5
# Shorter ones are not fixations (Olsen & Matos 2012); gaps up to the second are noise inside one.
SHORTEST_FIXATION_S = 0.06
LONGEST_GAP_S = 0.075
# Eyelids close for 100 to 400 ms (Holmqvist et al. 2011); one more sample on each side at 10 Hz.
BLINK_S = (0.05, 0.55)


@dataclass(frozen=True, slots=True)
class EyeMovements:
    """Events of one recording, by row number.

    Attributes
    ----------
    fixations : (F, 2)
        First and last row of each; at least two rows.
    saccades : (S, 2)
        Last row before and first row after each; no row between them is missing.
    turns : (S, 2)
        What each saccade changes, deg, in the columns of the input.
    """

    fixations: Spans
    saccades: Spans
    turns: Array


def detect_eye_movements(times: Array, angles: Array, period_s: float) -> EyeMovements:
    """Return the fixations and saccades of a recording.

    Parameters
    ----------
    times : (N,)
        Start of each row, s, increasing.
    angles : (N, 2)
        Direction of gaze, deg, NaN where unknown.
    period_s : float
        Time that one row covers, s.
    """
    smooth = _remove_spikes(angles)
    turned = _measure_turns(times, smooth, period_s)  # (N - 1,), NaN across missing rows
    threshold = _find_threshold(_measure_turns(times, angles, period_s))
    fixations = find_runs(turned <= threshold)
    fixations[:, 1] += 1  # a run of steps ends with one more row
    fixations = _join_across_gaps(times, smooth, fixations, threshold, period_s)
    long = times[fixations[:, 1]] - times[fixations[:, 0]] + period_s >= SHORTEST_FIXATION_S
    return _add_saccades(smooth, turned, fixations[long])


def detect_blinks(times: Array, closed: NDArray[np.bool_], period_s: float) -> Spans:
    """Return (B, 2): first and last row of each short time in which neither eye was seen.

    A loss at the start or end of the recording, or next to missing rows, has no known length.
    """
    runs = find_runs(closed)
    runs = runs[(runs[:, 0] > 0) & (runs[:, 1] < len(closed) - 1)]
    lasts = times[runs[:, 1] + 1] - times[runs[:, 0]]
    whole = lasts - (runs[:, 1] - runs[:, 0] + 1) * period_s < period_s / 2
    return runs[whole & (lasts >= BLINK_S[0]) & (lasts <= BLINK_S[1])]


def find_runs(flags: NDArray[np.bool_]) -> Spans:
    """Return (R, 2): first and last index of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]])))
    return (edges.reshape(-1, 2) - [0, 1]).astype(np.int64, copy=False)


def _remove_spikes(angles: Array) -> Array:
    """Replace each row by the median of three (Stampe 1993); next to missing rows it stays."""
    smooth = angles.copy()
    if len(angles) < 3:
        return smooth
    before, here, after = angles[:-2], angles[1:-1], angles[2:]
    low, high = np.minimum(before, after), np.maximum(before, after)
    found = np.minimum(np.maximum(here, low), high)
    np.copyto(smooth[1:-1], found, where=~np.isnan(found))
    return smooth


def _measure_turns(times: Array, angles: Array, period_s: float) -> Array:
    """Return (N - 1,): by how many deg the eyes turn around each step, in about 20 ms or it."""
    side = int(SPAN_S / period_s / 2)
    steps = np.arange(len(angles) - 1)
    first, last = np.maximum(steps - side, 0), np.minimum(steps + 1 + side, len(angles) - 1)
    moved = angles[last] - angles[first]
    turned = np.sqrt((moved**2).sum(axis=1))
    whole = times[last] - times[first] < (last - first + 0.5) * period_s
    known = ~np.isnan(angles[:, 0])
    return np.where(whole & known[:-1] & known[1:], turned, np.nan)


def _find_threshold(turned: Array) -> float:
    known = turned[~np.isnan(turned)]
    if len(known) == 0:
        return SMALLEST_DEG
    middle = len(known) // 2
    return max(SMALLEST_DEG, NOISE_MEDIANS * float(np.partition(known, middle)[middle]))


def _join_across_gaps(
    times: Array, angles: Array, fixations: Spans, threshold: float, period_s: float
) -> Spans:
    """Join fixations that a short gap, of noise or missing rows, divides at the same place."""
    ends, starts = fixations[:-1, 1], fixations[1:, 0]
    moved = angles[starts] - angles[ends]
    far = (moved**2).sum(axis=1) > threshold**2
    apart = far | (times[starts] - times[ends] > max(LONGEST_GAP_S, 1.5 * period_s))
    edge = np.concatenate([[True], apart, [True]]) if len(fixations) else np.zeros(1, np.bool_)
    return np.stack([fixations[edge[:-1], 0], fixations[edge[1:], 1]], axis=1)


def _add_saccades(angles: Array, turned: Array, fixations: Spans) -> EyeMovements:
    """Return the events: a saccade is what leads from one fixation to the next."""
    pairs = np.stack([fixations[:-1, 1], fixations[1:, 0]], axis=1)
    missing = np.concatenate([[0], np.cumsum(np.isnan(turned))])
    turns = angles[pairs[:, 1]] - angles[pairs[:, 0]]
    seen = missing[pairs[:, 1]] == missing[pairs[:, 0]]
    seen &= (turns**2).sum(axis=1) > SMALLEST_DEG**2
    return EyeMovements(fixations, pairs[seen], turns[seen])
