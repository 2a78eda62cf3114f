"""The causal effect of randomised offers on the next outcome, with its interval.

The probability of each decision is logged beforehand; a withheld offer shows nothing. The weights
from that probability correct for offers being more frequent at bad moments.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Below these the interval would depend on too few people, or on a handful of one kind.
LEAST_LEARNERS: Final = 5
LEAST_EACH: Final = 10
LEVEL: Final = 0.95
# Assumed for planning: 60 % are right anyway; decisions of one learner are correlated, so they
# count like 1 / 1.3 as many independent ones (notes behind the protocol).
BASE: Final = 0.6
DESIGN_EFFECT: Final = 1.3
ALPHA: Final = 0.05
POWER: Final = 0.8


@dataclass(frozen=True, slots=True)
class Decisions:
    """Randomised decisions and their outcomes; one row per decision.

    Attributes
    ----------
    outcome : (N,) float
        To be increased, such as 1 if the next try was right, else 0.
    offered : (N,) bool
        False = withheld by the draw.
    probability : (N,) float
        Probability of the offer, in (0, 1).
    learner : (N,) int
        The learner; rows of one learner are never treated as independent.

    Raises
    ------
    ValueError
        If the lengths differ or a probability is outside (0, 1).
    """

    outcome: Array
    offered: NDArray[np.bool_]
    probability: Array
    learner: NDArray[np.int64]

    def __post_init__(self) -> None:
        sizes = {len(self.outcome), len(self.offered), len(self.probability), len(self.learner)}
        if len(sizes) != 1:
            raise ValueError(f"decisions: expected columns of one length, got {sorted(sizes)}")
        if not ((self.probability > 0) & (self.probability < 1)).all():
            raise ValueError("probability: expected all in (0, 1): what is certain shows no effect")

    def __len__(self) -> int:
        return len(self.outcome)

    @property
    def learners(self) -> int:
        """Number of learners."""
        return len(np.unique(self.learner))


@dataclass(frozen=True, slots=True)
class Effect:
    """Mean outcome with offers minus without, in units of the outcome.

    Attributes
    ----------
    value, low, high : float
        The difference and its 95 % interval.
    error : float
        Its standard error.
    decisions, learners : int
        The numbers it is based on.
    """

    value: float
    low: float
    high: float
    error: float
    decisions: int
    learners: int


def estimate_effect(decisions: Decisions) -> Effect | None:
    """Return the effect of an offer, averaged over the decisions; None = not enough data.

    Notes
    -----
    Weighted and centred least squares [1]_. With p the logged probability and q the mean of all p,
    rows are weighted by q / p if offered, else by (1 - q) / (1 - p). The outcome is regressed on 1
    and (offered - q). The standard error is the sandwich over learners. Each learner's residuals
    are divided by 1 - leverage to correct for few learners [2]_. The interval uses Student's t with
    (learners - 2) degrees of freedom.

    References
    ----------
    .. [1] A. Boruvka, D. Almirall, K. Witkiewitz, S. A. Murphy. "Assessing time-varying causal
       effect moderation in mobile health". JASA 113 (2018), 1112-1121, section 3.
    .. [2] L. A. Mancl, T. A. DeRouen. "A covariance estimator for GEE with improved small-sample
       properties". Biometrics 57 (2001), 126-134, equation 5.
    """
    # Planning a trial, as on each page with a randomised offer, must not wait for scipy.
    from scipy.special import stdtrit

    each = int(decisions.offered.sum()), int((~decisions.offered).sum())
    if decisions.learners < LEAST_LEARNERS or min(each) < LEAST_EACH:
        return None
    middle = float(decisions.probability.mean())
    x = np.column_stack([np.ones(len(decisions)), decisions.offered - middle])  # (N, 2)
    weights = _weights(decisions, middle)
    bread: Array = np.asarray(np.linalg.inv(x.T @ (weights[:, None] * x)), np.float64)  # (2, 2)
    found = bread @ (x.T @ (weights * decisions.outcome))  # (2,)
    residuals = decisions.outcome - x @ found
    variance = bread @ _meat(x, weights, residuals, decisions.learner, bread) @ bread
    error = float(np.sqrt(variance[1, 1]))
    width = float(stdtrit(decisions.learners - x.shape[1], (1 + LEVEL) / 2)) * error
    value = float(found[1])
    return Effect(value, value - width, value + width, error, len(decisions), decisions.learners)


def detectable_difference(decisions: int, *, probability: float = 0.5) -> float:
    """Return the smallest difference detected with a power of 80 %.

    Parameters
    ----------
    decisions
        How many, offered with `probability`.

    Returns
    -------
    float
        Difference of two shares at alpha .05 (two-sided) and power .8, where 60 % are right anyway
        and decisions of one learner are correlated (design effect 1.3).
    """
    return math.sqrt(_variance(probability) / decisions)


def needed_decisions(difference: float, *, probability: float = 0.5) -> int:
    """Return the number of decisions that detects a difference; the inverse of `detectable`."""
    return math.ceil(_variance(probability) / difference**2)


def _variance(probability: float) -> float:
    normal = NormalDist()
    quantiles = normal.inv_cdf(1 - ALPHA / 2) + normal.inv_cdf(POWER)
    spread = BASE * (1 - BASE) * DESIGN_EFFECT / (probability * (1 - probability))
    return quantiles**2 * spread


def _weights(decisions: Decisions, middle: float) -> Array:
    p = decisions.probability
    return np.where(decisions.offered, middle / p, (1 - middle) / (1 - p))


def _meat(
    x: Array, weights: Array, residuals: Array, learner: NDArray[np.int64], bread: Array
) -> Array:
    """Return the (2, 2) sum over learners of the outer product of their scores."""
    total = np.zeros_like(bread)
    order = np.argsort(learner, kind="stable")
    edges = np.flatnonzero(np.diff(learner[order])) + 1
    for rows in np.split(order, edges):
        weighed = x[rows].T * weights[rows]  # (2, n)
        leverage = x[rows] @ bread @ weighed  # (n, n)
        score = weighed @ np.linalg.solve(np.eye(len(rows)) - leverage, residuals[rows])
        total += np.outer(score, score)
    return total
