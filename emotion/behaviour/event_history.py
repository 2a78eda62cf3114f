"""A learner's history before each event, as columns: nothing of the event itself is in its row."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from emotion.behaviour.video_log import EVENTS, Events

Array = NDArray[np.float64]

# So many first columns are marks, not amounts: the last events, the latest first.
MARKS: Final = 3
FADING: Final = (0.8, 0.5)
DAY_S: Final = 86400.0


def history(learner: Events) -> Array:
    """Return (T, columns): row t is made of events 0 .. t - 1 alone; NaN = there is none yet."""
    steps, symbols = len(learner.kind), len(EVENTS)
    marks = np.eye(symbols)[learner.kind]  # (T, symbols)
    done = _before(np.cumsum(marks, axis=0), 0.0)
    parts = [
        np.stack([_back(learner.kind, lag) for lag in range(1, MARKS + 1)], axis=1),
        done,
        (done + 0.5) / (done.sum(axis=1, keepdims=True) + 0.5 * symbols),
        *(_faded(marks, rate) for rate in FADING),
        _followed(learner.kind),
        _before(_in_session(learner, marks), np.nan),
        _before(_amounts(learner), np.nan),
        np.arange(steps, dtype=np.float64)[:, None],
    ]
    return np.hstack(parts)


def _before(after: Array, first: float) -> Array:
    """Return what held before each event, of what holds after it."""
    return np.concatenate([np.full((1, after.shape[1]), first), after[:-1]])


def _back(kind: NDArray[np.int64], lag: int) -> Array:
    """Return the event `lag` before each; one number more than there are events for none."""
    none = np.full(min(lag, len(kind)), len(EVENTS))
    return np.concatenate([none, kind[: len(kind) - len(none)]]).astype(np.float64)


def _faded(marks: Array, rate: float) -> Array:
    found = np.zeros(marks.shape)
    for at in range(1, len(marks)):
        found[at] = found[at - 1] * rate + marks[at - 1]
    return found


def _followed(kind: NDArray[np.int64]) -> Array:
    """Return what this learner did, how often, after events like the last one."""
    counts = np.zeros((len(EVENTS) + 1, len(EVENTS)))
    found, last = np.empty((len(kind), len(EVENTS))), len(EVENTS)
    for at, event in enumerate(kind):
        found[at] = counts[last]
        counts[last, event] += 1
        last = event
    return found


def _in_session(learner: Events, marks: Array) -> Array:
    """Return what was done so far in the session of each event."""
    same = learner.session[:, None] == learner.session[None]  # (T, T)
    return np.asarray(np.tril(same).astype(np.float64) @ marks)


def _amounts(learner: Events) -> Array:
    """Return when and where each event was, and how much there was by then."""
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
