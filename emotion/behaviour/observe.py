"""What a 10-s step of behaviour is: clicks, task switches, idle time, hints; missing stays NaN."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emotion.streams import stream
from emotion.windows import Track, Window

NAMES = ("clicks", "switches", "idle_s", "hints")
STEP_S = 10.0


def observe(window: Window, hints: int | None) -> NDArray[np.float64]:
    """Return (4,) of a Window, raw: counts in it, idle time in s; NaN = not observed.

    Parameters
    ----------
    window : Window
        Its pointer and activity Streams are read; one that did not come leaves NaN.
    hints : int or None
        Hints opened in the Window, a course record; None where there are none to open.
    """
    clicks = _total(window, "pointer", "clicks")
    idle = _total(window, "pointer", "idle_s")
    switches = _total(window, "activity", "blurs")
    return np.array([clicks, switches, idle, np.nan if hints is None else float(hints)])


def scaled(raw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return observations (..., 4) as the model has them: counts as log(1 + x), idle in steps."""
    counts = np.log1p(raw[..., [0, 1, 3]])
    idle = raw[..., 2] / STEP_S
    return np.stack([counts[..., 0], counts[..., 1], idle, counts[..., 2]], axis=-1)


def _total(window: Window, name: str, channel: str) -> float:
    """Return the channel's sum over the Window, made up for the rows that did not come."""
    track = window.streams.get(name)
    if track is None:
        return float("nan")
    values, mask = _column(track, stream(name).index(channel), window)
    if not mask.any():
        return float("nan")
    return float(values[mask].mean() * STEP_S / track.period_s)


def _column(
    track: Track, column: int, window: Window
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    inside = track.times >= window.t0
    return track.values[inside, column], track.mask[inside, column]
