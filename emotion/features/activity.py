"""Activity features: whether the page was visible, in focus, full screen, and left."""

from __future__ import annotations

import numpy as np

from emotion.features.resampling import STEPS, Steps, hold
from emotion.windows import Track

NAMES = ("visible", "focused", "fullscreen", "log_blurs")


def features(track: Track, t1: float, steps: int = STEPS) -> Steps:
    """Return (T, 4): three shares of the second and log(1 + times the page lost focus)."""
    values, mask = hold(track, t1, steps)
    joined = np.concatenate([values[:, :3], np.log1p(np.maximum(values[:, 3:], 0))], axis=1)
    return Steps(joined.astype(np.float32), mask)
