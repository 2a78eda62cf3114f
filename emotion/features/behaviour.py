"""Paper 3's hundred features of behaviour, from a Window's pointer, typing and activity.

One vector describes what a learner did with the page in a Window; `NAMES` lists it. Nothing is
counted from the Sitting's start, so no feature reveals how late it is. Answers, hints and player
events are course records, not Streams of a Window, and are not included.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from emotion.features import activity, pointer, typing
from emotion.features.resampling import Steps
from emotion.windows import Track, Window

Vector = NDArray[np.float32]
Mask = NDArray[np.bool_]

_MODULES = {"pointer": pointer, "typing": typing, "activity": activity}

# Statistics of each feature of a Stream over the Window's seconds.
STATISTICS: Mapping[str, tuple[str, ...]] = {
    "pointer": ("mean", "deviation", "largest", "late"),
    "typing": ("mean", "deviation"),
    "activity": ("mean", "late", "largest"),
}
# Features of the whole Window; "longest" runs and shares of seconds are 0-1 of the Window.
COMPOSED: Mapping[str, tuple[str, ...]] = {
    "pointer": ("still_share", "longest_still", "clicking_share", "scrolling_share", "bursts"),
    "typing": ("writing_share", "editing_share", "longest_pause"),
    "activity": ("away_share", "longest_away"),
}
NAMES: tuple[str, ...] = tuple(
    f"{name}.{feature}.{statistic}"
    for name, module in _MODULES.items()
    for statistic in STATISTICS[name]
    for feature in module.NAMES
) + tuple(f"{name}.{feature}" for name, features in COMPOSED.items() for feature in features)


def features(window: Window) -> tuple[Vector, Mask]:
    """Return values and mask (100,), in the order of `NAMES`; 0 where masked.

    "late" is the mean of the Window's second half minus that of its first. "bursts" is how often
    per second a still pointer began to move.
    """
    seconds = max(1, round(window.t1 - window.t0))
    steps = {name: _steps(name, window.streams.get(name), window.t1, seconds) for name in _MODULES}
    told = [
        (values, mask)
        for name in _MODULES
        for values, mask in (_TOLD[statistic](steps[name]) for statistic in STATISTICS[name])
    ]
    told += [_compose(name, steps[name]) for name in COMPOSED]
    values = np.concatenate([value for value, _ in told]).astype(np.float32)
    mask = np.concatenate([known for _, known in told])
    return np.where(mask, values, np.float32(0)), mask


def stream_features(window: Window, name: str) -> tuple[Vector, Mask]:
    """Return the values and mask of one Stream's features among the hundred, in order."""
    steps = _steps(name, window.streams.get(name), window.t1, max(1, round(window.t1 - window.t0)))
    told = [_TOLD[statistic](steps) for statistic in STATISTICS[name]]
    told.append(_compose(name, steps))
    values = np.concatenate([value for value, _ in told]).astype(np.float32)
    mask = np.concatenate([known for _, known in told])
    return np.where(mask, values, np.float32(0)), mask


def _steps(name: str, track: Track | None, t1: float, seconds: int) -> Steps:
    if track is None:
        width = len(_MODULES[name].NAMES)
        return Steps(np.zeros((seconds, width), np.float32), np.zeros((seconds, width), np.bool_))
    made: Steps = _MODULES[name].features(track, t1, seconds)
    return made


def _mean(steps: Steps) -> tuple[Vector, Mask]:
    count = steps.mask.sum(axis=0)  # (F,)
    total = np.where(steps.mask, steps.values, np.float32(0)).sum(axis=0)
    return total / np.maximum(count, 1), count > 0


def _deviation(steps: Steps) -> tuple[Vector, Mask]:
    mean, _ = _mean(steps)
    far = Steps(np.square(steps.values - mean), steps.mask)
    return np.sqrt(_mean(far)[0]), steps.mask.sum(axis=0) > 1


def _largest(steps: Steps) -> tuple[Vector, Mask]:
    known = steps.mask.any(axis=0)
    largest = np.where(steps.mask, np.abs(steps.values), np.float32(0)).max(axis=0)
    return largest, np.asarray(known)


def _trend(steps: Steps) -> tuple[Vector, Mask]:
    half = len(steps.values) // 2
    first, early = _mean(Steps(steps.values[:half], steps.mask[:half]))
    second, late = _mean(Steps(steps.values[half:], steps.mask[half:]))
    return second - first, early & late


_TOLD = {"mean": _mean, "deviation": _deviation, "largest": _largest, "late": _trend}


def _compose(name: str, steps: Steps) -> tuple[Vector, Mask]:
    """Return the `COMPOSED` features of one Stream; masked if the Stream is missing."""
    seen = steps.mask.any(axis=1)  # (T,)
    column = dict(zip(_MODULES[name].NAMES, steps.values.T, strict=True))
    known = np.full(len(COMPOSED[name]), bool(seen.any()))
    return np.array(_MADE[name](column, np.asarray(seen)), np.float32), known


def _pointer(column: Mapping[str, Vector], seen: Mask) -> list[float]:
    still = (column["idle_s"] > 0.9) & seen
    return [
        _share(still, seen),
        _longest(still),
        _share(column["log_clicks"] > 0, seen),
        _share(column["scroll"] != 0, seen),
        float((still[:-1] & ~still[1:] & seen[1:]).sum()) / len(seen),
    ]


def _typing(column: Mapping[str, Vector], seen: Mask) -> list[float]:
    writing = (column["log_chr"] > 0) & seen
    return [_share(writing, seen), _share(column["log_edit"] > 0, seen), _longest(seen & ~writing)]


def _activity(column: Mapping[str, Vector], seen: Mask) -> list[float]:
    away = (column["focused"] < 0.5) & seen
    return [_share(away, seen), _longest(away)]


_MADE = {"pointer": _pointer, "typing": _typing, "activity": _activity}


def _share(what: Mask, seen: Mask) -> float:
    return float((what & seen).sum() / max(seen.sum(), 1))


def _longest(what: Mask) -> float:
    """Return the longest run of True, as a share of the Window."""
    longest = run = 0
    for each in what:
        run = run + 1 if each else 0
        longest = max(longest, run)
    return longest / len(what)
