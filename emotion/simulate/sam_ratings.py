"""What simulated people tell on SAM's two scales beside the word they report.

A level lies above or below the middle as the circumplex has the word (Russell 1980); how far, how
people differ in their use of the scale, and the noise are assumed and were fitted to nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from emotion.datasets.clips import MIDDLE, OF_WORDS
from emotion.datasets.snapshot import LEVELS, SCALE, Example, Snapshot
from emotion.simulate import institution

# In steps: how far a word lies from the middle; deviations between people, and of one telling.
FAR, USUAL, NOISE = 1.8, 0.8, 1.2
# How much of the scale a person uses.
STRETCH = (0.6, 1.4)


def cold_start(people: int = 40, seed: int = 0) -> Snapshot:
    """Return `institution.cold_start` with levels beside its words."""
    found = institution.cold_start(people, seed)
    rng = np.random.default_rng([seed, 1])
    return replace(found, examples=tuple(told(found.examples, rng=rng)))


def told(found: Sequence[Example], *, rng: np.random.Generator) -> Iterator[Example]:
    """Yield the examples with levels, where they have a word."""
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
