"""Ratings of simulated people on SAM's two scales, in addition to the reported label.

A level is above or below the middle as the label is in the circumplex (Russell 1980). The distance,
people's use of the scale, and the noise are assumed and were not fitted to anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from emotion.datasets.clips import MIDDLE, OF_WORDS
from emotion.datasets.snapshot import LEVELS, SCALE, Example, Snapshot
from emotion.simulate import institution

# In steps: a label's distance from the middle; deviation between people, and between ratings.
FAR, USUAL, NOISE = 1.8, 0.8, 1.2
# How much of the scale a person uses.
STRETCH = (0.6, 1.4)


def simulate_cold_start(people: int = 40, seed: int = 0) -> Snapshot:
    """Return `institution.simulate_cold_start` with levels in addition to its labels."""
    found = institution.simulate_cold_start(people, seed)
    rng = np.random.default_rng([seed, 1])
    return replace(found, examples=tuple(add_levels(found.examples, rng=rng)))


def add_levels(found: Sequence[Example], *, rng: np.random.Generator) -> Iterator[Example]:
    """Yield the examples, with levels where they have a label."""
    people = sorted({example.person for example in found})
    usual = dict(zip(people, rng.normal(0, USUAL, (len(people), len(LEVELS))), strict=True))
    stretch = dict(zip(people, rng.uniform(*STRETCH, len(people)), strict=True))
    for one in found:
        if one.label is None:
            yield one
            continue
        sides = np.array([1 if one.label in OF_WORDS[level] else -1 for level in LEVELS])
        steps = MIDDLE + stretch[one.person] * FAR * sides + usual[one.person]
        whole = np.rint(steps + rng.normal(0, NOISE, len(LEVELS))).clip(SCALE[0], SCALE[-1])
        yield replace(one, levels=dict(zip(LEVELS, map(int, whole), strict=True)))
