r"""Estimates of each part of a lesson from published cells, pooled over sources.

A source :math:`s` has a published mean :math:`y_{sj}` for part :math:`j`, and its error variance
:math:`v_{sj}` with sampling, noise and rounding. In units of :math:`d_s`, what a planted part of
size 1 adds to that source's mean, all sources estimate the same size. The index of a part is their
mean, weighted by precision where parts are alike (:math:`v_{s0}`):

.. math::

    x_j = \sum_s w_s \frac{y_{sj}}{d_s}, \quad w_s \propto \frac{d_s^2}{v_{s0}}, \quad
    \operatorname{var} x_j = \sum_s w_s^2 \frac{v_{sj}}{d_s^2}

So a source counts as much as its noise lets it, and the weights are the same at every part. The
order of the parts, their ranks, intervals and verdicts are all those of the index.

The line that fits best over the order of the parts is first taken off the means of sensing. What
grows or falls along a whole lesson may be time on task, so it is evidence of no part. Of a part's
own effect, a share :math:`1 - h_j` is left, where :math:`h_j = 1/P + u_j^2 / \sum u^2` and
:math:`u_j` is its distance from the middle. Of eight parts, .58 is left of the first and the last,
and .87 of the middle ones. The errors of means that are centred become smaller by
:math:`(1 - h_j) / (1 - 1/P)`. Two parts have nothing left, so sensing then says nothing. Verdicts
and weights take the larger errors of centred means, so order and verdicts agree.

A verdict needs an index that the highest of P parts exceeds in `ALARMS` of lessons whose parts are
alike, both axes together (Sidak 1967, one-sided). Errors are taken for Student's with one degree
less than learners, since deeds are skewed: with normal errors there were too many verdicts.

The interval is Student's, too, and takes sizes as known. It is not shrunk: a shrunk one would miss
the unusual part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emotion.lesson_parts.cells import Source, SourceCells
from emotion.lesson_parts.evidence import Array
from emotion.lesson_parts.sources import AXES

# Lessons without any difference in which one of the parts is called hard, or one boring.
ALARMS: Final = 0.05
# A line goes through any two parts.
LEAST_PARTS: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class PartEstimates:
    """What published cells say about the parts of a lesson, on one axis.

    Attributes
    ----------
    index, low, high : (P,)
        Size of each part, 1 as a planted part, and its 80 % interval.
    unusual : (P,) bool
        The verdict; False = no difference seen.
    ranks, first, last : (P,) int
        Rank by index from 1, and the ranks that its 80 % interval allows.
    evidence : (S, P)
        What each source adds to the index, in the order of the cells; 0 if it is not published.
    weights : (S,)
        The weight of each source.
    """

    index: Array
    low: Array
    high: Array
    unusual: NDArray[np.bool_]
    ranks: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    evidence: Array
    weights: Array


def estimate_parts(cells: Sequence[SourceCells | None]) -> PartEstimates | None:
    """Return the estimates of one lesson's parts; None if no source is published.

    Parameters
    ----------
    cells : sequence of SourceCells or None
        One entry a source; None = not published.
    """
    there = np.array([each is not None and _has_evidence(each) for each in cells])
    published = [each for each in cells if each is not None and _has_evidence(each)]
    if not published:
        return None
    sizes = np.array([each.source.size for each in published])
    alike = np.array([each.alike for each in published]) / sizes**2
    shares = (1 / alike) / (1 / alike).sum()
    means = [read_means(each.source, each.means) for each in published]
    evidence = shares[:, None] * np.stack(means) / sizes[:, None]
    spread = (shares / sizes)[:, None] ** 2 * np.stack([each.variances for each in published])
    index, learners = evidence.sum(axis=0), max(each.n for each in published)
    left = np.stack([_share_left(each.source, len(index)) for each in published])
    half = find_quantile(learners) * np.sqrt((left * spread).sum(axis=0))
    # Differences of neighbours keep their whole variance without the line.
    first, last = bound_ranks(index, np.sqrt(spread.sum(axis=0)))
    limit = find_threshold(len(index), learners)
    return PartEstimates(
        index=index,
        low=index - half,
        high=index + half,
        unusual=index * np.sqrt((1 / alike).sum()) > limit,
        ranks=rank_parts(index),
        first=first,
        last=last,
        evidence=_spread_rows(evidence, there),
        weights=_spread_rows(shares, there),
    )


def _spread_rows(found: Array, there: NDArray[np.bool_]) -> Array:
    """Return rows for all sources, 0 for those that are not there."""
    rows = np.zeros((len(there), *found.shape[1:]))
    rows[there] = found
    return rows


def _has_evidence(cells: SourceCells) -> bool:
    return not cells.source.sensed or len(cells.means) >= LEAST_PARTS


def read_means(source: Source, means: Array) -> Array:
    """Return means (P,) as they count: those of sensing without a line over the parts."""
    if not source.sensed:
        return means
    place = _place_parts(len(means))
    return np.asarray(means - means.mean() - (means @ place) * place)


def _share_left(source: Source, parts: int) -> Array:
    """Return the share (P,) of the variance of centred means that is left in those that count."""
    if not source.sensed:
        return np.ones(parts)
    return np.asarray(1 - _place_parts(parts) ** 2 / (1 - 1 / parts))


def _place_parts(parts: int) -> Array:
    """Return the distance of each part from the middle, scaled to length 1."""
    found = np.arange(parts) - (parts - 1) / 2
    return np.asarray(found / np.linalg.norm(found))


@cache
def find_quantile(learners: int) -> float:
    """Return how many standard errors an 80 % interval reaches to each side."""
    from scipy.special import stdtrit  # only here, as importing it takes half a second

    return float(stdtrit(max(learners - 1, 1), 0.9))


@cache
def find_threshold(parts: int, learners: int, alarms: float = ALARMS / len(AXES)) -> float:
    """Return how many standard errors the highest of alike parts exceeds in `alarms` of lessons."""
    from scipy.special import stdtrit

    return float(stdtrit(max(learners - 1, 1), (1 - alarms) ** (1 / parts)))


def rank_parts(index: Array) -> NDArray[np.int64]:
    """Return each part's rank from 1, the highest first; equals share the better rank."""
    return np.asarray(1 + (index[..., None, :] > index[..., :, None]).sum(axis=-1))


def bound_ranks(index: Array, errors: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first and last rank of each part (P,) that differences of the index allow.

    A part is behind another whose index exceeds its own by more than chance allows. Chance allows
    it to any of the P - 1 others in 20 % of lessons (Mogstad, Romano, Shaikh and Wilhelm 2024,
    "Inference for ranks", with Bonferroni's bound). Errors of centred means are correlated by
    -1 / (P - 1).
    """
    from scipy.special import ndtri

    parts = max(len(index), 2)
    gaps = index[None, :] - index[:, None]
    spread = np.sqrt(errors[None, :] ** 2 + errors[:, None] ** 2) * np.sqrt(parts / (parts - 1))
    limit = -float(ndtri(0.1 / (parts - 1))) * spread
    first = 1 + (gaps > limit).sum(axis=1)
    last = len(index) - (gaps < -limit).sum(axis=1)
    return first.astype(np.int64), last.astype(np.int64)
