"""Windows as arrays in one file, for a process or a page that knows no simulator."""

from __future__ import annotations

import numpy as np


def packed(windows):
    """`<n>.<stream>.<what>` of each Track and of its opening, and when each Window `ends`."""
    rows = {"ends": np.array([each.t1 for each in windows])}
    for n, window in enumerate(windows):
        for name, track in window.streams.items():
            parts = {
                "values": track.values,
                "times": track.times,
                "mask": track.mask,
                "quality": np.float64(track.quality),
                "period": np.float64(track.period_s),
                "opening": window.opening[name],
            }
            rows |= {f"{n}.{name}.{what}": value for what, value in parts.items()}
    return rows
