"""Item analysis: the share right at the first try, and the discrimination of a question.

Rows are people. A missing first try is NaN, not wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Pages show 80 % intervals.
LEVEL: Final = 0.8
# With fewer people a correlation is meaningless: with 10, +/- .45 is the 80 % interval around 0.
LEAST_PEOPLE: Final = 10
# A person must have tried this many other questions for their share to be meaningful.
LEAST_REST: Final = 2


@dataclass(frozen=True, slots=True)
class ShareInterval:
    """A share of people with its interval; all in [0, 1]."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Discrimination:
    """A correlation with its interval, all in [-1, 1], over `n` people."""

    value: float
    low: float
    high: float
    n: int


def estimate_share(right: int, n: int, *, level: float = LEVEL) -> ShareInterval | None:
    """Return the share `right / n` with Wilson's interval [1]_; None if n is 0.

    References
    ----------
    .. [1] E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
       JASA 22 (1927), 209-212, equation 4.
    """
    if n == 0:
        return None
    if not 0 <= right <= n:
        raise ValueError(f"right: expected 0 to {n}, got {right}")
    z, p = _quantile(level), right / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return ShareInterval(p, max(0.0, middle - half), min(1.0, middle + half), n)


def estimate_discrimination(first: Array, item: int) -> Discrimination | None:
    """Return the corrected item-total correlation of one question; None = too few people.

    Parameters
    ----------
    first : (N, K) float
        1 if person n was right at the first try of question k, 0 if not, NaN if it was not tried.
    item
        Which question, in 0 .. K - 1.

    Returns
    -------
    Discrimination or None
        None with fewer than 10 people who tried it and at least two others, or if all results are
        equal.

    Raises
    ------
    ValueError
        If `first` has another shape or contains anything but 0, 1 and NaN.

    Notes
    -----
    The point-biserial correlation of the question with the share right of all others a person
    tried. The question itself is excluded, or it would correlate with itself [1]_. A share replaces
    the sum because not everybody tries everything. The interval is Fisher's: atanh r is nearly
    normal with standard error 1 / sqrt(n - 3) [2]_.

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


def _with_interval(r: float, n: int) -> Discrimination:
    r = max(-1.0, min(1.0, r))
    if abs(r) == 1.0:
        return Discrimination(r, r, r, n)
    half = _quantile() / math.sqrt(n - 3)
    return Discrimination(r, math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half), n)


def _quantile(level: float = LEVEL) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)


def _check(first: Array) -> None:
    if first.ndim != 2:
        raise ValueError(f"first: expected (N, K), got shape {first.shape}")
    known = first[~np.isnan(first)]
    if not np.isin(known, (0.0, 1.0)).all():
        raise ValueError("first: expected 0, 1 and NaN only")
