"""Observations of a 10-s step of behaviour, and their forms for each model family; NaN =
missing.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from emotion.streams import stream
from emotion.windows import Track, Window

Array = NDArray[np.float64]

NAMES: Final = ("clicks", "switches", "idle_s", "hints", "latency_ms", "video_events")
COUNTS: Final = ("clicks", "switches", "idle_s", "hints", "video_events")
STEP_S: Final = 10.0
# Assumed: lower bounds of "medium" and "high" for each observation.
LEVELS: Final = {
    "clicks": (2.0, 5.0),
    "switches": (1.0, 2.0),
    "idle_s": (2.0, 6.0),
    "hints": (1.0, 2.0),
    "latency_ms": (200.0, 350.0),
    "video_events": (1.0, 2.0),
}


def observe(window: Window, hints: int | None, video_events: int | None) -> Array:
    """Return (6,) raw observations of a Window, in the order of `NAMES`; NaN = not observed.

    Parameters
    ----------
    window : Window
        Its pointer, activity and typing Streams are read; a missing one gives NaN.
    hints, video_events : int or None
        Hints opened and video player events in the Window, from course records; None without hints
        or without a video.
    """
    clicks = _total(window, "pointer", "clicks")
    idle = _total(window, "pointer", "idle_s")
    switches = _total(window, "activity", "blurs")
    latency = _mean(window, "typing", "flight_mean")
    records = [np.nan if told is None else float(told) for told in (hints, video_events)]
    return np.array([clicks, switches, idle, records[0], latency, records[1]])


def to_gaussian(raw: Array) -> Array:
    """Return (..., 6) for Gaussian models: log(1 + x), and idle time in steps."""
    found = np.log1p(raw)
    found[..., _IDLE] = raw[..., _IDLE] / STEP_S
    return found


def to_counts(raw: Array) -> Array:
    """Return (..., 5), the `COUNTS`, for Poisson models; whole seconds are counts too."""
    return np.round(raw[..., [NAMES.index(name) for name in COUNTS]])


def to_levels(raw: Array) -> Array:
    """Return (..., 6) for categorical models: 0 low, 1 medium, 2 high."""
    cuts = np.array([LEVELS[name] for name in NAMES])  # (6, 2)
    found = (raw[..., None] >= cuts).sum(axis=-1).astype(np.float64)
    return np.where(np.isnan(raw), np.nan, found)


_IDLE: Final = NAMES.index("idle_s")


def _total(window: Window, name: str, channel: str) -> float:
    """Return the channel's sum over the Window, scaled up for missing rows."""
    track = window.streams.get(name)
    if track is None:
        return float("nan")
    return _mean(window, name, channel) * STEP_S / track.period_s


def _mean(window: Window, name: str, channel: str) -> float:
    """Return the channel's mean over the received rows, NaN if there are none."""
    track = window.streams.get(name)
    if track is None:
        return float("nan")
    values, mask = _column(track, stream(name).index(channel), window)
    return float(values[mask].mean()) if mask.any() else float("nan")


def _column(
    track: Track, column: int, window: Window
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    inside = track.times >= window.t0
    return track.values[inside, column], track.mask[inside, column]
