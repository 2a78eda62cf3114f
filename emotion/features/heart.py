"""Heart features: rate and its change. Variability needs 30 s, so it is not computed from 10 s."""

from __future__ import annotations

import numpy as np

from emotion.features.resampling import STEPS, Steps, hold
from emotion.streams import stream
from emotion.windows import Track

_HEART = stream("heart")
_HR, _RR, _CONTACT = (_HEART.index(name) for name in ("hr", "rr", "contact"))

NAMES = ("hr", "hr_change", "rr")

# A strap without skin contact reports numbers too.
TOUCHING = 0.5


def features(track: Track, t1: float, steps: int = STEPS) -> Steps:
    """Return (T, 3): rate (bpm), its change from the step before (bpm), beat interval (s)."""
    values, mask = hold(track, t1, steps)
    lost = mask[:, _CONTACT] & (values[:, _CONTACT] < TOUCHING)  # (T,)
    rate, interval = values[:, _HR], values[:, _RR] / 1000
    known, timed = mask[:, _HR] & ~lost, mask[:, _RR] & ~lost
    change = np.diff(rate, prepend=rate[:1])
    both = known & np.concatenate([[False], known[:-1]])
    columns = np.stack([rate, change, interval], axis=1)
    present = np.stack([known, both, timed], axis=1)
    return Steps(np.where(present, columns, 0).astype(np.float32), present)
