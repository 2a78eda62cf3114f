"""Fairness: the gap between two groups with its interval, and a flag that does not miss one.

The flag is set unless the measured people rule out a gap of `SMALLEST`. With few people it is set
for lack of evidence; `proved` distinguishes the two cases.
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
    draw_people,
)

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

SMALLEST = 0.05


@dataclass(frozen=True, slots=True)
class GroupGap:
    """The gap between two groups.

    Attributes
    ----------
    size : Score
        The first group's figure minus the second's, with its interval over people.
    flagged : bool
        A gap of `SMALLEST` cannot be ruled out.
    proved : bool
        The interval excludes 0.
    """

    size: Score
    flagged: bool
    proved: bool


def compare_groups(
    one: Array,
    other: Array,
    *,
    rng: np.random.Generator,
    metric: Metric = balanced_accuracy,
    draws: int = DRAWS,
) -> GroupGap:
    """Compare confusions (people, K, K) of two groups by a bootstrap over each group's people."""
    first = metric(_draw_sums(one, draws, rng))
    second = metric(_draw_sums(other, draws, rng))
    lo, hi = np.quantile(first - second, [0.025, 0.975])
    size = float(metric(one.sum(axis=0)) - metric(other.sum(axis=0)))
    found = Score(size, float(lo), float(hi))
    return GroupGap(found, max(abs(lo), abs(hi)) >= SMALLEST, bool(lo > 0 or hi < 0))


def _draw_sums(counts: Array, draws: int, rng: np.random.Generator) -> Array:
    return np.tensordot(draw_people(len(counts), draws, rng), counts, axes=1)
