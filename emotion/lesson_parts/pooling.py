r"""Estimates of each part of a lesson from published cells, pooled over parts and sources.

The model, for sources :math:`s` and parts :math:`j` with published means :math:`y_{sj}` and known
error variances :math:`v_{sj}` (sampling, noise and rounding together):

.. math::

    y_{sj} = \sqrt{v_{sj}}\,(a_s \delta_j h_{sj} + e_{sj}), \quad e_{sj} \sim N(0, 1), \\
    \delta_j \sim \mathrm{Bernoulli}(1/P), \quad a_s \sim \mathrm{Bernoulli}(\pi_s), \quad
    h_{sj} \sim \mathrm{HalfNormal}(\tau)

:math:`\delta_j` says that the part is unusual: it is what all sources share. :math:`a_s` is the
source's loading: whether what makes parts unusual shows in it at all. Sizes are in standard errors,
so under "nothing differs" the results depend on no unknown number. With
:math:`z = y / \sqrt v` and :math:`r = \tau^2 / (1 + \tau^2)` the size integrates out
(`log_factors`):

.. math:: B(z) = \frac{2}{\sqrt{1 + \tau^2}}\, e^{r z^2 / 2}\, \Phi(\sqrt r\, z)

and what is left is a sum over the :math:`2^S` patterns of loadings, so the posterior is exact:

.. math::

    p(a \mid y) \propto p(a) \prod_j \Bigl(1 - \tfrac1P + \tfrac1P \prod_{s: a_s = 1}
    B(z_{sj})\Bigr)

A source whose parts do not differ beyond its errors loses its loading, and with it its weight.
Loadings learned from the published cells of earlier lessons are the prior of the next
(`learn_loadings`): that is the pooling over lessons.

The score of a part is its log posterior odds of being unusual. A verdict needs a score that the
highest of P parts exceeds in `ALARMS` of lessons where nothing differs, by simulation of that world
(`find_threshold`): this holds for all parts of a lesson together.

The index of a part is the mean of its sources' contrasts, weighted by precision. Its interval is
not shrunk: under this model a shrunk one would be certain that usual parts are exactly usual. It
therefore covers the truth as often as it says at every part, the unusual one included.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, logsumexp, ndtri

from emotion.lesson_parts.cells import SourceCells, as_matrix
from emotion.lesson_parts.evidence import Array
from emotion.lesson_parts.sources import AXES

TAU: Final = 3.0
LOADING: Final = 0.5
# Lessons without any difference in which one of the parts is called hard, or one boring.
ALARMS: Final = 0.05
DRAWS: Final = 20_000
Z80: Final = float(ndtri(0.9))


@dataclass(frozen=True, slots=True, eq=False)
class PartEstimates:
    """What published cells say about the parts of a lesson, on one axis.

    Attributes
    ----------
    index, low, high : (P,)
        Mean contrast over sources, and its 80 % interval.
    score : (P,)
        Log posterior odds that the part is unusual; the order of the parts.
    unusual : (P,) bool
        The verdict; False = no difference seen.
    ranks, first, last : (P,) int
        Rank by score from 1, and the ranks that its 80 % interval allows.
    evidence : (S, P)
        How much each source adds to the score, in the order of the cells.
    loadings : (S,)
        Probability that each source shows anything.
    """

    index: Array
    low: Array
    high: Array
    score: Array
    unusual: NDArray[np.bool_]
    ranks: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    evidence: Array
    loadings: Array


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """The posterior of lessons (..., P), of loadings (..., S), and sources' shares (..., S, P)."""

    parts: Array
    loadings: Array
    evidence: Array


def estimate_parts(
    cells: Sequence[SourceCells | None], prior: Array | None = None
) -> PartEstimates:
    """Return the estimates of one lesson's parts from its cells, one entry a source.

    Parameters
    ----------
    cells : sequence of SourceCells or None
        None = not published.
    prior : (2^S,) or None
        Log probability of each pattern of loadings, as `learn_loadings` returns it.
    """
    means, variances = as_matrix(list(cells))
    scores = score_parts(means / np.sqrt(variances), prior)
    index, errors = measure_index(means, variances)
    first, last = bound_ranks(index, errors)
    threshold = find_threshold(sum(each is not None for each in cells), means.shape[-1])
    return PartEstimates(
        index=index,
        low=index - Z80 * errors,
        high=index + Z80 * errors,
        score=scores.parts,
        unusual=scores.parts > threshold,
        ranks=rank_parts(scores.parts),
        first=first,
        last=last,
        evidence=scores.evidence,
        loadings=scores.loadings,
    )


def log_factors(z: Array) -> Array:
    """Return log B(z): how much likelier `z` is if the part is unusual, and by how much unknown."""
    share = TAU**2 / (1 + TAU**2)
    width = np.log(2.0) - 0.5 * np.log1p(TAU**2)
    return np.asarray(width + 0.5 * share * z**2 + log_ndtr(np.sqrt(share) * z))


def score_parts(z: Array, prior: Array | None = None) -> Scores:
    """Return the exact posterior for z (..., S, P), 0 where a source has no cell.

    A source without a cell has z = 0 at every part and is left out.
    """
    published = np.any(z != 0, axis=-1, keepdims=True)
    factors = np.where(published, log_factors(z), 0.0)  # (..., S, P)
    patterns = list_patterns(z.shape[-2])  # (A, S)
    together = np.einsum("as,...sp->...ap", patterns, factors)
    chance = 1.0 / z.shape[-1]
    ordinary, odds = np.log1p(-chance), np.log(chance)
    lessons = np.logaddexp(ordinary, odds + together)  # (..., A, P)
    weights = lessons.sum(axis=-1) + (default_prior(z.shape[-2]) if prior is None else prior)
    weights = weights - logsumexp(weights, axis=-1, keepdims=True)  # (..., A)
    unusual = logsumexp(weights[..., None] + odds + together - lessons, axis=-2)
    usual = logsumexp(weights[..., None] + ordinary - lessons, axis=-2)
    loadings = np.exp(weights) @ patterns
    return Scores(unusual - usual, loadings, loadings[..., None] * factors)


def learn_loadings(lessons: Iterable[Array], sources: int) -> Array:
    """Return the log probability of each pattern of loadings after lessons of z (S, P)."""
    found = default_prior(sources)
    for z in lessons:
        together = list_patterns(sources) @ log_factors(z)
        chance = 1.0 / z.shape[-1]
        found = found + np.logaddexp(np.log1p(-chance), np.log(chance) + together).sum(axis=-1)
    return np.asarray(found - logsumexp(found))


def list_patterns(sources: int) -> Array:
    """Return (2^S, S): which sources show anything."""
    return np.array(list(product((0.0, 1.0), repeat=sources)))


def default_prior(sources: int) -> Array:
    """Return the log probability of each pattern before any lesson."""
    loaded = list_patterns(sources).sum(axis=1)
    return np.asarray(loaded * np.log(LOADING) + (sources - loaded) * np.log1p(-LOADING))


@cache
def find_threshold(sources: int, parts: int) -> float:
    """Return the score that the highest part exceeds in few lessons where nothing differs.

    The errors of published means are normal in the model, so its world without differences is
    simulated from a fixed seed.
    """
    rng = np.random.default_rng(0)
    z = rng.standard_normal((DRAWS, sources, parts))
    return float(np.quantile(score_parts(z).parts.max(axis=-1), 1 - ALARMS / len(AXES)))


def measure_index(means: Array, variances: Array) -> tuple[Array, Array]:
    """Return the mean over sources (..., P) of (..., S, P), and its standard error."""
    weights = 1 / variances
    total = weights.sum(axis=-2)
    known = np.where(variances < np.inf, means, 0.0)
    return (weights * known).sum(axis=-2) / total, 1 / np.sqrt(total)


def rank_parts(scores: Array) -> NDArray[np.int64]:
    """Return each part's rank from 1, the highest first; equals share the better rank."""
    return np.asarray(1 + (scores[..., None, :] > scores[..., :, None]).sum(axis=-1))


def bound_ranks(index: Array, errors: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first and last rank of each part (P,) that differences of the index allow.

    A part is behind another whose index exceeds its own by more than chance allows. Chance allows
    it to any of the P - 1 others in 20 % of lessons (Mogstad, Romano, Shaikh and Wilhelm 2024,
    "Inference for ranks", with Bonferroni's bound).
    """
    gaps = index[None, :] - index[:, None]
    limit = -float(ndtri(0.1 / (len(index) - 1))) * np.hypot(errors[None, :], errors[:, None])
    first = 1 + (gaps > limit).sum(axis=1)
    last = len(index) - (gaps < -limit).sum(axis=1)
    return first.astype(np.int64), last.astype(np.int64)
