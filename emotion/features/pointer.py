"""Pointer features for each second: amount, straightness and hesitation of movement."""

from __future__ import annotations

import numpy as np

from emotion.features.resampling import STEPS, Steps, hold
from emotion.windows import Track

NAMES = (
    "log_path",
    "log_net",
    "straightness",
    "log_speed_mean",
    "log_speed_max",
    "log_turns",
    "log_curvature",
    "idle_s",
    "log_clicks",
    "log_rage_clicks",
    "log_hesitation_s",
    "scroll",
    "log_scroll_turns",
)
_PLAIN = np.array([not name.startswith("log_") and name != "scroll" for name in NAMES])


def features(track: Track, t1: float, steps: int = STEPS) -> Steps:
    """Return (T, 13): counts, lengths and speeds as sign(x)·log(1 + |x|), shares unchanged."""
    values, mask = hold(track, t1, steps)
    logged = np.sign(values) * np.log1p(np.abs(values))
    return Steps(np.where(_PLAIN, values, logged).astype(np.float32), mask)
