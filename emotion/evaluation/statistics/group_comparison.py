"""The mean of one value per person in a group, and the difference of two groups, with intervals.

The bootstrap draws people, never their answers, as answers of one person are correlated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEVEL: Final = 0.8
LEAST: Final = 5
DRAWS: Final = 4000


@dataclass(frozen=True, slots=True)
class MeanInterval:
    """A mean over `n` people with its 80 % interval, in the unit of the values."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class GroupComparison:
    """The means of two groups, and the first minus the second."""

    first: MeanInterval
    second: MeanInterval
    difference: MeanInterval


def average(values: Array) -> MeanInterval | None:
    """Return the mean of one value per person; None if fewer than five are known.

    Parameters
    ----------
    values : (N,) float
        NaN = unknown; the person is left out.

    Notes
    -----
    Student's interval for the mean of a sample [1]_: mean +/- t s / sqrt(n), n - 1 degrees of
    freedom. It may exceed the possible range of a value; plots of shares must clip it.

    References
    ----------
    .. [1] Student, "The probable error of a mean", Biometrika 6 (1908), 1-25.
    """
    # Most teacher pages do not need scipy and must not wait for its import.
    from scipy.special import stdtrit

    known = values[~np.isnan(values)]
    if len(known) < LEAST:
        return None
    value, spread = float(known.mean()), float(known.std(ddof=1))
    half = float(stdtrit(len(known) - 1, (1 + LEVEL) / 2)) * spread / math.sqrt(len(known))
    return MeanInterval(value, value - half, value + half, len(known))


def compare(first: Array, second: Array, *, rng: np.random.Generator) -> GroupComparison | None:
    """Return both means and their difference; None if a group has fewer than five people.

    Parameters
    ----------
    first, second : (N,), (M,) float
        One value per person; NaN = unknown, the person is left out.
    rng
        Draws the bootstrap samples.

    Notes
    -----
    Percentile bootstrap over people, each group drawn by itself [1]_ (chapters 8.3 and 13.3), with
    4,000 draws. With few people the interval is a little too narrow: 80 % covers about 73 % at n =
    5.

    References
    ----------
    .. [1] B. Efron, R. J. Tibshirani, "An introduction to the bootstrap", Chapman and Hall, 1993.
    """
    groups = [values[~np.isnan(values)] for values in (first, second)]
    if min(len(values) for values in groups) < LEAST:
        return None
    drawn = [_bootstrap_means(values, rng) for values in groups]
    means = [float(values.mean()) for values in groups]
    n = sum(len(values) for values in groups)
    return GroupComparison(
        _mean(means[0], drawn[0], len(groups[0])),
        _mean(means[1], drawn[1], len(groups[1])),
        _mean(means[0] - means[1], drawn[0] - drawn[1], n),
    )


def _bootstrap_means(values: Array, rng: np.random.Generator) -> Array:
    """Return the (DRAWS,) means of as many people drawn with replacement."""
    places = rng.integers(0, len(values), size=(DRAWS, len(values)))
    means: Array = values[places].mean(axis=1)
    return means


def _mean(value: float, drawn: Array, n: int) -> MeanInterval:
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return MeanInterval(value, float(low), float(high), n)
