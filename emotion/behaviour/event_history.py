"""A learner's history before each event, as columns that never include the event itself."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from emotion.behaviour.video_log import EVENTS, Events

Array = NDArray[np.float64]

# The first columns are categorical: the last events, the latest first. The others are amounts.
MARKS: Final = 3
FADING: Final = (0.8, 0.5)
DAY_S: Final = 86400.0


def make_history(learner: Events) -> Array:
    """Return (T, columns): row t depends on events 0 .. t - 1 only; NaN = none yet."""
    steps, symbols = len(learner.kind), len(EVENTS)
    marks = np.eye(symbols)[learner.kind]  # (T, symbols)
    done = _shift(np.cumsum(marks, axis=0), 0.0)
    parts = [
        np.stack([_find_lagged(learner.kind, lag) for lag in range(1, MARKS + 1)], axis=1),
        done,
        (done + 0.5) / (done.sum(axis=1, keepdims=True) + 0.5 * symbols),
        *(_decay(marks, rate) for rate in FADING),
        _count_followers(learner.kind),
        _shift(_count_in_session(learner, marks), np.nan),
        _shift(_make_amounts(learner), np.nan),
        np.arange(steps, dtype=np.float64)[:, None],
    ]
    return np.hstack(parts)


def _shift(after: Array, first: float) -> Array:
    """Return the values before each event, from the values after each event."""
    return np.concatenate([np.full((1, after.shape[1]), first), after[:-1]])


def _find_lagged(kind: NDArray[np.int64], lag: int) -> Array:
    """Return the event `lag` before each; for none, the number of kinds of events."""
    none = np.full(min(lag, len(kind)), len(EVENTS))
    return np.concatenate([none, kind[: len(kind) - len(none)]]).astype(np.float64)


def _decay(marks: Array, rate: float) -> Array:
    found = np.zeros(marks.shape)
    for at in range(1, len(marks)):
        found[at] = found[at - 1] * rate + marks[at - 1]
    return found


def _count_followers(kind: NDArray[np.int64]) -> Array:
    """Return how often this learner did each event after events like the last one."""
    counts = np.zeros((len(EVENTS) + 1, len(EVENTS)))
    found, last = np.empty((len(kind), len(EVENTS))), len(EVENTS)
    for at, event in enumerate(kind):
        found[at] = counts[last]
        counts[last, event] += 1
        last = event
    return found


def _count_in_session(learner: Events, marks: Array) -> Array:
    """Return counts of the events so far in the session of each event."""
    same = learner.session[:, None] == learner.session[None]  # (T, T)
    return np.asarray(np.tril(same).astype(np.float64) @ marks)


def _make_amounts(learner: Events) -> Array:
    """Return times and positions of events, and counts so far."""
    gap = np.diff(learner.at, prepend=np.nan)
    return np.stack(
        [
            np.log1p(gap),
            learner.at % DAY_S,
            np.log1p(learner.at - learner.at[0]),
            learner.position,
            np.maximum.accumulate(learner.session) + 1.0,
            np.maximum.accumulate(learner.video) + 1.0,
        ],
        axis=1,
    )
