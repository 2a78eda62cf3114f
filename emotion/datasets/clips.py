"""Joins a snapshot's Windows to clips as long as MVP reads, each ending with a labelled Window.

A clip belongs to one Sitting of one person. It goes back through consecutive Windows, at most as
long as paper 2's clips.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from emotion.datasets.snapshot import LEVELS, Example
from emotion.labels import AFFECTS, ENGAGED, HIGH_AROUSAL
from emotion.windows import HOP_S, Track, Window

SHORTEST_S, LONGEST_S = 60.0, 155.0
# Cuts begin every 5 s and those of a snapshot do not overlap, so one hop may be missing next to a
# label.
GAP_S = HOP_S
# The middle of SAM's nine steps is neither high nor low.
MIDDLE = 5
# By the circumplex (Russell 1980), for a report with a label but no level.
OF_WORDS = {"valence": ENGAGED, "arousal": HIGH_AROUSAL}


@dataclass(frozen=True, slots=True, eq=False)
class LabelledClip:
    """A joined Window, and the labelled Example at its end."""

    window: Window
    said: Example


def iterate_clips(found: Iterable[Example]) -> Iterator[LabelledClip]:
    """Yield each clip of a minute or more, in the order of the examples at their ends."""
    for _, group in groupby(found, key=lambda each: (each.person, each.sitting)):
        sitting = sorted(group, key=lambda each: each.window.t0)
        for at, last in enumerate(sitting):
            windows = _preceding_windows(sitting[: at + 1]) if last.source else []
            if windows and windows[-1].t1 - windows[0].t0 >= SHORTEST_S:
                yield LabelledClip(join_windows(windows), last)


def binarise_levels(said: Example) -> NDArray[np.float32]:
    """Return (2,) of valence and arousal: 1 high, 0 low, NaN if not rated.

    A rated level takes precedence over the label.
    """
    return np.array([_level(said, name) for name in LEVELS], np.float32)


def join_windows(windows: Sequence[Window]) -> Window:
    """Return consecutive Windows as one; gaps between them are missing data."""
    first, last = windows[0], windows[-1]
    names = sorted({name for window in windows for name in window.streams})
    tracks = {name: _join_tracks(name, windows) for name in names}
    return Window(first.t0, last.t1, tracks, last.opening)


def _preceding_windows(sitting: Sequence[Example]) -> list[Window]:
    """Return the last Window and the preceding ones without a gap, in order of time."""
    windows = [sitting[-1].window]
    for example in reversed(sitting[:-1]):
        first, before = windows[0], example.window
        if before.t1 > first.t0:
            continue
        if first.t0 - before.t1 > GAP_S or windows[-1].t1 - before.t0 > LONGEST_S:
            break
        windows.insert(0, before)
    return windows


def _join_tracks(name: str, windows: Sequence[Window]) -> Track:
    """Return one Stream's rows without duplicates: a row on the border is in both Windows."""
    came = [window for window in windows if name in window.streams]
    newest = came[-1].streams[name]
    # Two devices measure differently: only rows of the newest device are kept.
    alike = [window for window in came if _same_device(window.streams[name], newest)]
    parts, end = [], -np.inf
    for window in alike:
        track = window.streams[name]
        parts.append((track, track.times >= end))
        end = window.t1
    lasted = windows[-1].t1 - windows[0].t0
    heard = sum(window.streams[name].quality * (window.t1 - window.t0) for window in alike)
    return Track(
        np.concatenate([track.values[kept] for track, kept in parts]),
        np.concatenate([track.times[kept] for track, kept in parts]),
        np.concatenate([track.mask[kept] for track, kept in parts]),
        heard / lasted,
        newest.backend,
        newest.period_s,
    )


def _same_device(one: Track, other: Track) -> bool:
    return (one.backend, one.period_s, one.values.shape[1]) == (
        other.backend,
        other.period_s,
        other.values.shape[1],
    )


def _level(said: Example, name: str) -> float:
    step, label = said.levels.get(name), said.label
    if step is not None:
        return np.nan if step == MIDDLE else float(step > MIDDLE)
    if label in AFFECTS:
        return float(label in OF_WORDS[name])
    told = {f"HIGH_{name.upper()}": 1.0, f"LOW_{name.upper()}": 0.0}
    return told.get(label or "", np.nan)
