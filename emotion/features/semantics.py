"""Semantics features: what the part of the film that plays is about, and how dense it is.

They come from the course, not from a sensor, so there is no such Stream in `streams.json`. A row is
one 10-s segment of a film, from the time at which the Learner plays it.
"""

from __future__ import annotations

from typing import Final

from emotion.features.resampling import STEPS, Steps, hold
from emotion.semantics import segment_measures
from emotion.streams import Channel, Stream, StreamWords
from emotion.windows import Track

# Components of the sentence encoder (`emotion.semantics.semantic_axes`).
DIMENSIONS: Final = 25
NAMES: Final = (
    *(f"semantic_{at:02d}" for at in range(1, DIMENSIONS + 1)),
    *segment_measures.NAMES,
)
# No feature is beyond this: components of unit vectors, shares, and logarithms of counts.
FARTHEST: Final = 20.0

STREAM: Final = Stream(
    number=0,
    name="semantics",
    group="",
    dtype="f4",
    scale=None,
    rate_hz=None,
    biometric=False,
    backends=(),
    plotted=(),
    words=StreamWords("", "", ""),
    channels=tuple(Channel(name, "", -FARTHEST, FARTHEST, True, 0.0) for name in NAMES),
)


def features(track: Track, t1: float, steps: int = STEPS) -> Steps:
    """Return (T, 30): the segment that plays in each second."""
    return hold(track, t1, steps)
