"""Does it serve one group worse? A gap with its interval, and a flag that does not miss one.

The flag goes up unless the people measured rule a gap of `SMALLEST` out: with few people it goes
up for want of proof, and says which of the two it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.metrics.classification import (
    DRAWS,
    Metric,
    Score,
    balanced_accuracy,
    drawn_people,
)

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

SMALLEST = 0.05


@dataclass(frozen=True, slots=True)
class Gap:
    """What lies between two groups.

    Attributes
    ----------
    size : Score
        The figure of the first group minus that of the second, with its interval over people.
    flagged : bool
        A gap of `SMALLEST` cannot be ruled out.
    proved : bool
        The interval leaves 0 out.
    """

    size: Score
    flagged: bool
    proved: bool


def gap(
    one: Array,
    other: Array,
    *,
    rng: np.random.Generator,
    metric: Metric = balanced_accuracy,
    draws: int = DRAWS,
) -> Gap:
    """Compare confusions (people, K, K) of two groups, drawing the people of each anew."""
    first = metric(_drawn(one, draws, rng))
    second = metric(_drawn(other, draws, rng))
    lo, hi = np.quantile(first - second, [0.025, 0.975])
    size = float(metric(one.sum(axis=0)) - metric(other.sum(axis=0)))
    found = Score(size, float(lo), float(hi))
    return Gap(found, max(abs(lo), abs(hi)) >= SMALLEST, bool(lo > 0 or hi < 0))


def _drawn(counts: Array, draws: int, rng: np.random.Generator) -> Array:
    return np.tensordot(drawn_people(len(counts), draws, rng), counts, axes=1)
