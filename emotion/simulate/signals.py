"""Simulated skin and page for a cohort's recording; all sizes are assumed, none measured.

Skin responses are more frequent in states of high arousal. A page's layout is random and
independent of any state.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emotion.labels import AFFECTS, HIGH_AROUSAL
from emotion.simulate.stream_rows import StreamRows
from emotion.simulate.waveforms import simulate_eda

EDA_HZ = 4.0

# Skin conductance responses a minute: calm people show 1-3 (Boucsein 2012); the rest is assumed.
CALM_PER_MINUTE = 3.0
TIMES_AS_OFTEN = 2.0

# A layout is repeated this often, so that a minute contains one.
LAYOUT_EVERY_S = 30.0


def is_high_arousal(states: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether each second's state (T,) has high arousal."""
    return np.array([affect in HIGH_AROUSAL for affect in AFFECTS])[states]


def simulate_skin(
    states: NDArray[np.int64], rng: np.random.Generator, size: float = 1.0
) -> StreamRows:
    """Return conductance (N, 1), µS at 4 Hz, over the seconds of `states` (T,); `size` 0 = calm."""
    often = 1.0 + (TIMES_AS_OFTEN - 1.0) * size * is_high_arousal(states)
    came = rng.random(len(states)) < CALM_PER_MINUTE / 60 * often * rng.uniform(0.5, 1.5)
    onsets = np.flatnonzero(came) + rng.random(came.sum())
    heights = rng.lognormal(np.log(0.25), 0.5, len(onsets))
    level = float(rng.lognormal(np.log(5.0), 0.4))
    wave = simulate_eda(
        onsets, heights, rng, seconds=float(len(states)), rate_hz=EDA_HZ, level_us=level
    )
    return _rows(wave.values[:, None], EDA_HZ)


def simulate_layout(seconds: int, rng: np.random.Generator) -> StreamRows:
    """Return a page's boxes, repeated every half minute."""
    count = int(rng.integers(4, 25))
    corner, size = rng.uniform(0, 0.8, (count, 2)), rng.uniform(0.05, 0.4, (count, 2))
    kinds, colour = rng.integers(0, 6, (count, 1)), rng.beta(2, 1, (count, 3))
    text = rng.integers(0, 400, (count, 1))
    box = np.concatenate([corner, np.minimum(size, 1 - corner), kinds, colour, text], axis=1)
    times = np.repeat(np.arange(0.0, seconds, LAYOUT_EVERY_S), count)
    rows = np.concatenate([times[:, None], np.tile(box, (len(times) // count, 1))], axis=1)
    return StreamRows(times, rows.astype(np.float32))


def _rows(values: NDArray[np.float64], rate_hz: float) -> StreamRows:
    return StreamRows(np.arange(len(values)) / rate_hz, values.astype(np.float32))
