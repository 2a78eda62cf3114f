"""Areas under the ROC curve, plain and time-matched, with intervals over people.

If everybody did the same in the same order, a clock alone ranks Windows well. The time-matched area
compares only Windows of different people at about the same minute, where a clock helps little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.metrics.classification import DRAWS, Score

Array = NDArray[np.float64]

# Windows of two people are compared if they are this close in time since their recordings began.
MATCHED_S = 60.0


@dataclass(frozen=True, slots=True)
class Pairs:
    """Comparisons of positive with negative Windows, counted by person.

    Attributes
    ----------
    wins : (P, P)
        Row = person of the positive Window, column = person of the negative one: the number of
        comparisons in which the positive scored higher; a tie counts half.
    count : (P, P)
        The number of comparisons.
    """

    wins: Array
    count: Array


def pairs(truth: NDArray[np.int64], score: Array, people: NDArray[np.int64]) -> Pairs:
    """Compare every positive with every negative Window (all (N,)), for the plain area."""
    return _compare(truth, score, people, np.zeros(len(truth)), np.inf, own=True)


def matched_pairs(
    truth: NDArray[np.int64],
    score: Array,
    people: NDArray[np.int64],
    at_s: Array,
    within_s: float = MATCHED_S,
) -> Pairs:
    """Compare only Windows of two people that are at most `within_s` apart in `at_s` (N,).

    Parameters
    ----------
    at_s : (N,)
        Time since that person's recording began, s.
    """
    return _compare(truth, score, people, at_s, within_s, own=False)


def auc(found: Pairs) -> float:
    """Return the share of comparisons won; NaN if there were none."""
    total = found.count.sum()
    return float(found.wins.sum() / total) if total else float("nan")


def auc_score(found: Pairs, *, rng: np.random.Generator, draws: int = DRAWS) -> Score:
    """Return the area with a 95 % bootstrap interval over people.

    A person drawn twice is on both sides of a comparison twice; draws without any comparison are
    left out.
    """
    wins, count = _draw_counts(found, rng, draws)
    share = wins[count > 0] / count[count > 0]
    lo, hi = np.quantile(share, [0.025, 0.975]) if len(share) else (np.nan, np.nan)
    return Score(auc(found), float(lo), float(hi))


def auc_gain(ours: Pairs, theirs: Pairs, *, rng: np.random.Generator, draws: int = DRAWS) -> Score:
    """Return area(ours) - area(theirs) on the same people, with the same draws for both."""
    if not np.array_equal(ours.count, theirs.count):
        raise ValueError("expected the same comparisons on both sides")
    both = Pairs(ours.wins - theirs.wins, ours.count)
    return auc_score(both, rng=rng, draws=draws)


def _compare(
    truth: NDArray[np.int64],
    score: Array,
    people: NDArray[np.int64],
    at_s: Array,
    within_s: float,
    *,
    own: bool,
) -> Pairs:
    _, who = np.unique(people, return_inverse=True)
    size = int(who.max()) + 1 if len(who) else 0
    wins, count = np.zeros((size, size)), np.zeros((size, size))
    negative = np.flatnonzero(truth == 0)
    for row in np.flatnonzero(truth == 1):
        near = negative[np.abs(at_s[negative] - at_s[row]) <= within_s]
        near = near if own else near[who[near] != who[row]]
        won = (score[row] > score[near]) + 0.5 * (score[row] == score[near])
        np.add.at(wins[who[row]], who[near], won)
        np.add.at(count[who[row]], who[near], 1.0)
    return Pairs(wins, count)


def _draw_counts(found: Pairs, rng: np.random.Generator, draws: int) -> tuple[Array, Array]:
    """Return (draws,) comparisons won and made; each pair counts as often as its people were
    drawn.
    """
    people = len(found.count)
    weights = rng.multinomial(people, np.full(people, 1 / max(people, 1)), size=draws)
    weights = weights.astype(np.float64)  # (draws, P)
    wins, count = (
        np.einsum("dp,pq,dq->d", weights, table, weights, optimize=True)
        for table in (found.wins, found.count)
    )
    return wins, count
