"""The segments of a simulated film, as the semantics of a real one: 25 axes, then its measures.

Measures follow the film's qualities, which move the states; the axes follow nothing but the film.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emotion.features.semantics import DIMENSIONS, NAMES
from emotion.semantics.semantic_axes import load_variances
from emotion.simulate import surroundings
from emotion.simulate.state_paths import SimulatedVideo

# Share of an axis's variance between films; the rest is between the segments of one (assumed).
BETWEEN = 0.5

Rows = NDArray[np.float32]


def draw_segments(video: SimulatedVideo, rng: np.random.Generator) -> Rows:
    """Return (S, C) with the columns of `emotion.features.semantics.NAMES`."""
    count = len(video.difficulty)
    scale = np.sqrt(load_variances())  # (D,)
    topic = rng.normal(0.0, np.sqrt(BETWEEN), DIMENSIONS)
    turns = rng.normal(0.0, np.sqrt(1 - BETWEEN), (count, DIMENSIONS))
    measures = [_draw_measure(name, video, rng) for name in NAMES[DIMENSIONS:]]
    return np.column_stack([scale * (topic + turns), *measures]).astype(np.float32)


def _draw_measure(
    name: str, video: SimulatedVideo, rng: np.random.Generator
) -> NDArray[np.float64]:
    told = surroundings.load().segments[name]
    found = told.base + rng.normal(0.0, told.noise, len(video.difficulty))
    for quality, slope in told.slopes.items():
        found = found + slope * (getattr(video, quality) - 0.5)
    return np.maximum(found, 0.0)
