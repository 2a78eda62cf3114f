"""How a question works: how many are right at once, and whether it parts those who know more.

Rows are people. A first try that did not happen is not wrong: it is no number (NaN).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# What a page shows to people is an 80 % interval.
LEVEL: Final = 0.8
# Fewer people give no correlation worth the name: with 10, +/- .45 is the 80 % interval around 0.
LEAST_PEOPLE: Final = 10
# Of the others, a person must have tried so many for a share of them to say anything.
LEAST_REST: Final = 2


@dataclass(frozen=True, slots=True)
class Share:
    """A share of people with its interval; all in [0, 1]."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Parting:
    """A correlation with its interval, all in [-1, 1], over `n` people."""

    value: float
    low: float
    high: float
    n: int


def share(right: int, n: int) -> Share | None:
    """Return the share `right / n` with Wilson's interval [1]_; None where n is 0.

    References
    ----------
    .. [1] E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
       JASA 22 (1927), 209-212, equation 4.
    """
    if n == 0:
        return None
    if not 0 <= right <= n:
        raise ValueError(f"right: expected 0 to {n}, got {right}")
    z, p = _quantile(), right / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return Share(p, max(0.0, middle - half), min(1.0, middle + half), n)


def discrimination(first: Array, item: int) -> Parting | None:
    """Return the corrected item-total correlation of one question; None = too few people.

    Parameters
    ----------
    first : (N, K) float
        1 where person n was right at the first try of question k, 0 where not, NaN where it was
        not tried.
    item
        Which question, in 0 .. K - 1.

    Returns
    -------
    Parting or None
        None with fewer than 10 people who tried it and at least two others, or where everybody did
        alike.

    Raises
    ------
    ValueError
        If `first` has another shape or holds anything but 0, 1 and NaN.

    Notes
    -----
    The point-biserial correlation of the question with the share right of all others a person
    tried. The question itself is left out of that total, or it would correlate with itself [1]_. A
    share instead of a sum, because not everybody tries everything. The interval is Fisher's:
    atanh r is nearly normal with standard error 1 / sqrt(n - 3) [2]_.

    References
    ----------
    .. [1] S. Henrysson, "Correction of item-total correlations in item analysis", Psychometrika 28
       (1963), 211-218.
    .. [2] R. A. Fisher, "On the 'probable error' of a coefficient of correlation deduced from a
       small sample", Metron 1 (1921), 3-32.
    """
    _check(first)
    others = np.delete(first, item, axis=1)  # (N, K - 1)
    tried = (~np.isnan(others)).sum(axis=1)
    kept = ~np.isnan(first[:, item]) & (tried >= LEAST_REST)
    if kept.sum() < LEAST_PEOPLE:
        return None
    own, rest = first[kept, item], np.nanmean(others[kept], axis=1)
    if np.ptp(own) == 0 or np.ptp(rest) == 0:
        return None
    return _with_interval(float(np.corrcoef(own, rest)[0, 1]), int(kept.sum()))


def _with_interval(r: float, n: int) -> Parting:
    r = max(-1.0, min(1.0, r))
    if abs(r) == 1.0:
        return Parting(r, r, r, n)
    half = _quantile() / math.sqrt(n - 3)
    return Parting(r, math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half), n)


def _quantile() -> float:
    return NormalDist().inv_cdf((1 + LEVEL) / 2)


def _check(first: Array) -> None:
    if first.ndim != 2:
        raise ValueError(f"first: expected (N, K), got shape {first.shape}")
    known = first[~np.isnan(first)]
    if not np.isin(known, (0.0, 1.0)).all():
        raise ValueError("first: expected 0, 1 and NaN only")
