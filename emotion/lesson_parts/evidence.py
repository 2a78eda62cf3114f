r"""Scores and contrasts of one learner's lesson: each part against the learner's own usual.

All functions take arrays whose last axis is the parts (P) or Windows (W), and any leading axes.

Rewinds, pauses and hints are counts :math:`c_j` in :math:`t_j` seconds of part :math:`j`. Their
excess is :math:`c_j - m_j` with :math:`m_j = t_j \sum c / \sum t`. Of :math:`a_j` answers
:math:`w_j` are wrong. Their excess is :math:`w_j - p a_j`, with the learner's own share
:math:`p = (1 + \sum w) / (2 + \sum a)`. Excesses are added, those against it with a minus. The sum
is divided by its spread if nothing differed, as counts are Poisson:

.. math:: x_j = \sum_k \pm e_{kj} \Big/ \sqrt{\tfrac12 + \sum_k v_{kj}}

where a count's expected variance is :math:`m_j (1 - t_j / \sum t)`, given how many there were in
all, and that of wrong answers :math:`p (1 - p) a_j`. So frequent deeds weigh more than rare ones.

Each Window has a value :math:`v_w` and a weight :math:`q_w`: how sure the Predictor is, 0 where it
abstains. The learner's weighted mean in the same phase (film or questions) is subtracted. The
result is in standard errors of the learner's own Windows:

.. math:: x_j = \frac{\sum_{w \in j} q_w (v_w - \bar v)}{s \sqrt{\sum_{w \in j} q_w^2}}

A slope over the minutes of a Sitting, the same for everybody and known beforehand, is taken from
the values. Nothing of other lessons enters: what they showed is sensed, too. Shares have full
length however weak the evidence is, so a slope that is wrong decides where the length goes. The
line that `emotion.lesson_parts.pooling` takes off means removes most of that. A learner whose
values hardly differ would have full length from the slope alone, so their scores are 0.

A contrast of deeds is :math:`\min(1, \max(-1, x_j / c)) / 2` with a limit :math:`c` for each
source, less its mean over parts.

A contrast of sensing is the learner's shares of a length. With :math:`x_j^+ = \max(0, x_j)`,

.. math:: s_j = \mathrm{LENGTH}\; x_j^+ / \lVert x^+ \rVert, \qquad c_j = s_j - \bar s

A part without Windows first gets the mean of the others, so that its contrast is 0. Shares are not
negative, so those of two learners differ at most as if they were orthogonal. Both axes together
thus differ by at most :math:`\sqrt{4\,\mathrm{LENGTH}^2} = 1`, and centring moves no two further
apart. Signed contrasts of both axes could have a length of 1/2 together, not :math:`1 / \sqrt 2`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LENGTH: Final = 0.5
# With Windows in one part alone, nothing can be compared.
LEAST_PARTS: Final = 2
# Standard deviation of a learner's values within a phase. The least of 200 learners had .059.
LEAST_SPREAD: Final = 0.01


def limit_contrasts(scores: Array, limit: float) -> Array:
    """Return the contrasts (..., P) of deeds; scores of `limit` or more all count alike."""
    found = 0.5 * np.clip(scores / limit, -1.0, 1.0)
    return np.asarray(found - found.mean(axis=-1, keepdims=True))


def share_contrasts(scores: Array) -> Array:
    """Return the contrasts (..., P) of sensing; NaN for a learner with too few parts to compare.

    Scores are NaN where a part has no Window.
    """
    known = ~np.isnan(scores)
    count = known.sum(axis=-1, keepdims=True)
    raised = np.where(known, np.maximum(np.nan_to_num(scores), 0.0), 0.0)
    raised = np.where(known, raised, raised.sum(axis=-1, keepdims=True) / np.maximum(count, 1))
    length = np.linalg.norm(raised, axis=-1, keepdims=True)
    shares = LENGTH * raised / np.where(length > 0, length, 1.0)
    centred = shares - shares.mean(axis=-1, keepdims=True)
    return np.asarray(np.where(count >= LEAST_PARTS, centred, np.nan))


@dataclass(frozen=True, slots=True, eq=False)
class Excess:
    """By how much counts exceed the learner's own usual (..., P), and their expected variance."""

    counts: Array
    variance: Array


def exceed_rate(counts: Array, seconds: Array) -> Excess:
    """Return the excess over the learner's own rate, 0 for a learner without any time.

    `seconds` (..., P) that the learner spent in each part, so a part that was not reached is as
    usual. Without them, parts that all reach would look hard where many stop early.
    """
    total = seconds.sum(axis=-1, keepdims=True)
    share = np.divide(seconds, total, out=np.zeros_like(seconds), where=total > 0)
    expected = counts.sum(axis=-1, keepdims=True) * share
    return Excess(np.where(total > 0, counts - expected, 0.0), expected * (1 - share))


def exceed_share(wrong: Array, answers: Array) -> Excess:
    """Return the excess of wrong answers over the learner's own share."""
    share = (1 + wrong.sum(axis=-1, keepdims=True)) / (2 + answers.sum(axis=-1, keepdims=True))
    return Excess(wrong - share * answers, share * (1 - share) * answers)


def score_excess(plus: Sequence[Excess], minus: Sequence[Excess] = ()) -> Array:
    """Return scores (..., P): `plus` speaks for the part being unusual, `minus` against it."""
    signed = sum(each.counts for each in plus) - sum(each.counts for each in minus)
    variance = sum(each.variance for each in (*plus, *minus))
    return np.asarray(signed / np.sqrt(variance + 0.5))


def score_windows(
    values: Array,
    certainty: Array,
    parts: NDArray[np.int64],
    phases: NDArray[np.int64],
    drift: Array | float = 0.0,
) -> Array:
    """Return (..., P) how far the Windows of each part exceed the learner's own usual.

    NaN where a part has no Window; 0 for a learner whose values spread less than `LEAST_SPREAD`.

    Parameters
    ----------
    values, certainty : (..., W)
        The value of each Window, and its weight; 0 = left out.
    parts, phases : (W,)
        The part that each Window shows, and whether it is of the film or of the questions.
    drift : (W,)
        What time on task alone is taken to add.
    """
    own = _center_phases(values, certainty, phases)
    left = own - _center_phases(np.broadcast_to(drift, values.shape), certainty, phases)
    spread = np.sqrt(np.maximum(_mean(left**2, certainty), 1e-12))
    member = (parts[:, None] == np.arange(parts.max() + 1)).astype(np.float64)  # (W, P)
    errors = spread * np.sqrt(certainty**2 @ member)
    found = (certainty * left) @ member / np.where(errors > 0, errors, 1.0)
    found = np.where(_mean(own**2, certainty) < LEAST_SPREAD**2, 0.0, found)
    return np.asarray(np.where(errors > 0, found, np.nan))


def _center_phases(values: Array, certainty: Array, phases: NDArray[np.int64]) -> Array:
    """Return the values less the learner's weighted mean in the same phase."""
    left = np.array(values)
    for phase in np.unique(phases):
        there = phases == phase
        left[..., there] -= _mean(values[..., there], certainty[..., there])
    return left


def _mean(values: Array, weights: Array) -> Array:
    total = weights.sum(axis=-1, keepdims=True)
    return np.asarray((values * weights).sum(axis=-1, keepdims=True) / np.where(total, total, 1))
