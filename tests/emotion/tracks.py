"""Tracks and Windows for the tests: plausible rows of any Stream, by seed."""

from __future__ import annotations

import numpy as np

from emotion.streams import stream
from emotion.windows import Chunk, Window, track

SENSED = ("pointer", "typing", "activity", "face", "heart")


def rows(name, count, rng):
    """Rows (count, C) inside the channels' ranges."""
    lo, hi = stream(name).limits()
    hi = lo + np.minimum(hi - lo, 150)
    return rng.uniform(lo, hi, (count, len(lo))).astype(np.float32)


def chunk(name, t0, seconds, rng):
    """One Block of `seconds` of a Stream."""
    rate = stream(name).rate_hz
    values = rows(name, max(1, round(seconds * (rate or 1))), rng)
    if rate == 0:
        values[:, 0] = t0 + np.arange(len(values))
        values[:, 1] = rng.uniform(60, 90, len(values))
        values[:, 2] = rng.uniform(600, 1000, len(values))
        values[:, 3] = 1
    return Chunk(t0, float(rate), values)


def window(t0, t1, seed, names=SENSED):
    """A Window in which every named Stream has all its rows."""
    rng = np.random.default_rng(seed)
    tracks = {
        name: track(
            stream(name), [chunk(name, t0, t1 - t0, rng)], t0=t0, t1=t1, backend="simulated"
        )
        for name in names
    }
    return Window(t0, t1, tracks)
