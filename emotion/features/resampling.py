"""Resampling of a Track's rows to 1-s steps: hold for slow Streams, average for fast ones."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from emotion.windows import Track

Number = TypeVar("Number", np.float32, np.float64)
STEP_S = 1.0
STEPS = 10


class Steps(NamedTuple):
    """Values (T, C) float32 and mask (T, C) bool on T steps of 1 s."""

    values: NDArray[np.float32]
    mask: NDArray[np.bool_]


def starts(t1: float, steps: int = STEPS) -> NDArray[np.float64]:
    """Return (T,) the steps' starts in s: the T = `steps` seconds before `t1`."""
    return np.asarray(t1 - STEP_S * np.arange(steps, 0, -1), dtype=np.float64)


def hold(track: Track, t1: float, steps: int = STEPS) -> Steps:
    """Return for each step the newest row that is still valid at the step's middle."""
    middle = starts(t1, steps) + STEP_S / 2
    row = np.searchsorted(track.times, middle, side="right") - 1  # (T,)
    if len(track.times) == 0:
        return make_masked(track.values.shape[1], steps)
    alive = (row >= 0) & (middle < track.times[row] + track.period_s)
    mask = track.mask[row] & alive[:, None]  # (T, C)
    return Steps(np.where(mask, track.values[row], np.float32(0)), mask)


def average(track: Track, t1: float, steps: int = STEPS) -> Steps:
    """Return for each step the mean of its rows' present values, by channel."""
    ends = find_ends(track, t1, steps)
    count = sum_between(track.mask.astype(np.float32), ends)  # (T, C)
    total = sum_between(np.where(track.mask, track.values, np.float32(0)), ends)
    mean = total / np.maximum(count, 1)
    return Steps(mean.astype(np.float32, copy=False), count > 0)


def find_ends(track: Track, t1: float, steps: int = STEPS) -> NDArray[np.int64]:
    """Return (T + 1,): the first row that begins in each step, and the first after all steps.

    The times of the Track do not decrease.
    """
    return np.searchsorted(_step_of_each(track, t1, steps), np.arange(steps + 1))


def sum_between(rows: NDArray[Number], ends: NDArray[np.int64]) -> NDArray[Number]:
    """Return the sums (T, C) of rows (N, C) from each end (T + 1,) to the next."""
    # `reduceat` needs a row at each end, so a row of zeros is appended.
    padded = np.concatenate([rows[: ends[-1]], np.zeros((1, rows.shape[1]), rows.dtype)])
    sums: NDArray[Number] = np.add.reduceat(padded, ends[:-1], axis=0)
    # It gives an empty step the next row.
    sums[ends[:-1] == ends[1:]] = 0
    return sums


def spread(track: Track, t1: float, columns: list[int], steps: int = STEPS) -> Steps:
    """Return for each step the root of the summed variance of `columns` (T, 1); needs two rows."""
    mask = track.mask[:, columns].all(axis=1, keepdims=True)  # (N, 1)
    values = np.where(mask, track.values[:, columns], np.float32(0))
    inside = _membership(track, t1, steps)
    count = inside @ mask.astype(np.float32)  # (T, 1)
    mean = inside @ values / np.maximum(count, 1)
    square = inside @ values**2 / np.maximum(count, 1)
    variance = np.maximum(square - mean**2, 0).sum(axis=1, keepdims=True)
    return Steps(np.where(count >= 2, np.sqrt(variance), np.float32(0)), count >= 2)


def make_masked(channels: int, steps: int = STEPS) -> Steps:
    """Return (T, channels) of masked zeros."""
    return Steps(np.zeros((steps, channels), np.float32), np.zeros((steps, channels), np.bool_))


def _membership(track: Track, t1: float, steps: int) -> NDArray[np.float32]:
    """Return (T, N): 1 where a row begins inside a step."""
    step = _step_of_each(track, t1, steps)
    return np.asarray(np.arange(steps)[:, None] == step[None, :], dtype=np.float32)


def _step_of_each(track: Track, t1: float, steps: int) -> NDArray[np.float64]:
    """Return the step in which each row begins (N,), not decreasing; below 0 before the first."""
    return np.asarray(np.floor((track.times - (t1 - STEP_S * steps)) / STEP_S), np.float64)
