r"""Contrasts of one learner's lesson: what each part shows against the learner's own usual.

All functions take arrays whose last axis is the parts (P) or Windows (W), and any leading axes.
A contrast is at most ``BOUND`` in size, so that one learner moves a sum over learners by at most
``BOUND`` by coming or going, and by at most ``2 BOUND = 1`` by any change.

Counts in time (rewinds, pauses, hints), :math:`c_j` in :math:`t_j` seconds of part :math:`j`:

.. math:: x_j = (c_j - m_j) / \sqrt{m_j + 1/2}, \quad m_j = t_j \textstyle\sum c / \sum t

Wrong answers, :math:`w_j` of :math:`a_j`, with the learner's own share
:math:`p = (1 + \sum w) / (2 + \sum a)`:

.. math:: x_j = (w_j - p a_j) / \sqrt{p (1 - p) a_j + 1/4}

Estimates: each Window's value :math:`v_w`, minus the usual drift, weighted by its certainty
:math:`q_w` (0 where the Predictor abstains), minus the learner's weighted mean in the same phase of
the lesson (film or questions), in standard errors of the learner's own Windows:

.. math:: x_j = \frac{\sum_{w \in j} q_w (v_w - \bar v)}{s \sqrt{\sum_{w \in j} q_w^2}}

A contrast is :math:`\min(1, \max(-1, x_j / c)) / 2` with a limit :math:`c` for each source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BOUND: Final = 0.5


def clip_contrasts(scores: Array, limit: float) -> Array:
    """Return scores (..., P) as contrasts; those of `limit` or more have the size `BOUND`."""
    return np.asarray(BOUND * np.clip(scores / limit, -1.0, 1.0))


def score_counts(counts: Array, seconds: Array) -> Array:
    """Return (..., P) how far counts exceed the learner's own rate; `seconds` (P,) in each part."""
    expected = counts.sum(axis=-1, keepdims=True) * seconds / seconds.sum()
    return np.asarray((counts - expected) / np.sqrt(expected + 0.5))


def score_wrong(wrong: Array, answers: Array) -> Array:
    """Return (..., P) how far wrong answers exceed the learner's own share; 0 without answers."""
    share = (1 + wrong.sum(axis=-1, keepdims=True)) / (2 + answers.sum(axis=-1, keepdims=True))
    spread = np.sqrt(share * (1 - share) * answers + 0.25)
    return np.asarray((wrong - share * answers) / spread)


def sum_scores(scores: Mapping[str, Array], weights: Mapping[str, float]) -> Array:
    """Return the weighted sum of scores, divided so that independent ones keep their spread."""
    length = np.sqrt(sum(weight**2 for weight in weights.values()))
    return np.asarray(sum(weight * scores[name] for name, weight in weights.items()) / length)


def measure_certainty(proba: Array) -> Array:
    """Return (..., W) 1 minus the entropy of probabilities (..., W, K) as a share of the most."""
    entropy = -(proba * np.log(np.maximum(proba, 1e-12))).sum(axis=-1)
    return np.asarray(1.0 - entropy / np.log(proba.shape[-1]))


def score_windows(
    values: Array, certainty: Array, parts: NDArray[np.int64], phases: NDArray[np.int64]
) -> Array:
    """Return (..., P) how far the Windows of each part exceed the learner's own usual.

    Parameters
    ----------
    values, certainty : (..., W)
        The value of each Window, and its weight; 0 = left out.
    parts, phases : (W,)
        The part that each Window shows, and whether it is of the film or of the questions.
    """
    left = values.copy()
    for phase in np.unique(phases):
        there = phases == phase
        left[..., there] -= _mean(values[..., there], certainty[..., there])
    spread = np.sqrt(np.maximum(_mean(left**2, certainty), 1e-12))
    member = (parts[:, None] == np.arange(parts.max() + 1)).astype(np.float64)  # (W, P)
    errors = spread * np.sqrt(certainty**2 @ member)
    return np.asarray((certainty * left) @ member / np.where(errors > 0, errors, 1.0))


def _mean(values: Array, weights: Array) -> Array:
    total = weights.sum(axis=-1, keepdims=True)
    return np.asarray((values * weights).sum(axis=-1, keepdims=True) / np.where(total, total, 1))
