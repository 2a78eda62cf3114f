"""Agreement of raters beyond chance: Cohen's kappa for two, Krippendorff's alpha for more.

The interval is over people, since moments of one person are not independent. There is no figure if
it is undefined: too few moments, or only one label in all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]
MISSING = -1
DRAWS = 1000
# An interval over fewer people would be meaningless.
FEWEST_PEOPLE = 5


@dataclass(frozen=True, slots=True)
class RaterAgreement:
    """A coefficient and its 95 % interval over people; None = undefined for these ratings."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def cohen_kappa(one: Labels, other: Labels) -> float | None:
    """Return (p_o - p_e) / (1 - p_e) over what both rated (Cohen 1960, equation 1).

    Parameters
    ----------
    one, other : (N,) int
        Codes of labels from 0; `MISSING` where there is no rating.
    """
    both = (one != MISSING) & (other != MISSING)
    if not both.any():
        return None
    k = int(max(one[both].max(), other[both].max())) + 1
    table = np.zeros((k, k))
    np.add.at(table, (one[both], other[both]), 1)
    table /= table.sum()
    expected = float(table.sum(0) @ table.sum(1))
    if expected == 1:
        return None
    return float((np.trace(table) - expected) / (1 - expected))


def krippendorff_alpha(ratings: Labels) -> float | None:
    """Return 1 - D_o / D_e for nominal labels (Krippendorff 2011, section C).

    Parameters
    ----------
    ratings : (raters, N) int
        Codes of labels from 0; `MISSING` where there is no rating. Moments with a single rating are
        ignored.
    """
    k = int(ratings.max(initial=MISSING)) + 1
    if k == 0:
        return None
    counts = np.stack([(ratings == label).sum(0) for label in range(k)], axis=1)  # (N, k)
    counts = counts[counts.sum(1) >= 2].astype(float)
    if not len(counts):
        return None
    raters = counts.sum(1)
    together = (counts.T / (raters - 1)) @ counts - np.diag((counts.T / (raters - 1)).sum(1))
    total, each = counts.sum(), counts.sum(0)
    expected = total**2 - float(each @ each)
    if expected == 0:
        return None
    observed = together.sum() - np.trace(together)
    return float(1 - (total - 1) * observed / expected)


def measure_agreement(
    ratings: Labels, people: Labels, *, rng: np.random.Generator
) -> RaterAgreement:
    """Return the raters' coefficient with its interval: kappa for two, alpha for more.

    Parameters
    ----------
    ratings : (raters, N) int
    people : (N,) int
        The person of each moment; people are resampled with all their moments (cluster bootstrap).

    Raises
    ------
    ValueError
        With fewer than two raters, or if the shapes do not match.
    """
    if ratings.ndim != 2 or len(ratings) < 2 or ratings.shape[1:] != people.shape:
        shapes = f"{ratings.shape} and {people.shape}"
        raise ValueError(f"expected (raters >= 2, N) labels of (N,) people, got {shapes}")
    shared = (ratings != MISSING).sum(0) >= 2
    ratings, people = ratings[:, shared], people[shared]
    value = _coefficient(ratings)
    low, high = _interval(_coefficient, ratings, people, rng) if value is not None else (None, None)
    return RaterAgreement(value, low, high, ratings.shape[1])


def _coefficient(ratings: Labels) -> float | None:
    if len(ratings) == 2:
        return cohen_kappa(ratings[0], ratings[1])
    return krippendorff_alpha(ratings)


def _interval(
    figure: Callable[[Labels], float | None],
    ratings: Labels,
    people: Labels,
    rng: np.random.Generator,
) -> tuple[float | None, float | None]:
    moments = [np.flatnonzero(people == person) for person in np.unique(people)]
    if len(moments) < FEWEST_PEOPLE:
        return None, None
    draws = (
        figure(ratings[:, np.concatenate([moments[at] for at in chosen])])
        for chosen in rng.integers(len(moments), size=(DRAWS, len(moments)))
    )
    known = [value for value in draws if value is not None]
    if len(known) < DRAWS / 2:
        return None, None
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)
