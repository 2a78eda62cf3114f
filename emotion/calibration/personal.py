"""One learner's own calibration, from their own few reports and shrunk towards the group's.

Nothing here is trained: a handful of counts, which are gone with the reports they came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

# The group counts as much as this many of the learner's own reports: chosen on
# simulated institutions that no figure is of.
STRENGTH: Final = 20.0
# How many reports the camera is believed before any is there; it is never believed more.
BELIEVED: Final = 8.0
ROUNDS: Final = 50


@dataclass(frozen=True, slots=True)
class Personal:
    """What a learner's reports change of what is guessed about them.

    Attributes
    ----------
    bias : (K,)
        Added to the log of each probability.
    camera : float
        Weight of what is guessed with the camera against what is guessed without, 0-1.
    agreed, reports : int
        "Your reports and the estimate agreed 6 of 11 times", before any of this.
    """

    bias: Array
    camera: float
    agreed: int
    reports: int

    def applied(self, proba: Array, without_camera: Array | None = None) -> Array:
        """Return (N, K) probabilities of what was guessed, with and without the camera."""
        mixed = proba if without_camera is None else _mixed(self.camera, proba, without_camera)
        raised = mixed * np.exp(self.bias)
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def personal(
    proba: Array,
    labels: Labels,
    without_camera: Array | None = None,
    *,
    strength: float = STRENGTH,
) -> Personal:
    """Return the calibration of one learner; without a report it changes nothing.

    Parameters
    ----------
    proba, without_camera : (N, K)
        What was guessed of the Windows they reported on; None = the camera was never on.
    labels : (N,)
        What they said, as columns of `proba`.
    strength : float
        Reports that the group counts for.

    Notes
    -----
    The bias is the log of how often each label was said over how often it was guessed, with
    `strength` reports added that agree with the guesses (a Dirichlet of the group's shares).
    The camera's weight is that of a mixture of two guesses, by expectation and maximisation under
    a Beta prior whose mode is 1.
    """
    camera = 1.0 if without_camera is None else _weight(proba, without_camera, labels)
    seen = proba if without_camera is None else _mixed(camera, proba, without_camera)
    share = seen.mean(axis=0) if len(seen) else np.full(proba.shape[1], 1 / proba.shape[1])
    said = np.bincount(labels, minlength=proba.shape[1]).astype(np.float64)
    bias = np.log((said + strength * share) / (len(labels) * share + strength * share))
    agreed = int((proba.argmax(axis=1) == labels).sum())
    return Personal(bias - bias.mean(), camera, agreed, len(labels))


def _weight(proba: Array, without: Array, labels: Labels) -> float:
    """Return the camera's weight: 1 without reports, lower the more they contradict it."""
    at = np.arange(len(labels)), labels
    with_it, bare, weight = proba[at], without[at], 0.5
    for _ in range(ROUNDS):
        owed = weight * with_it / np.maximum(weight * with_it + (1 - weight) * bare, 1e-12)
        weight = float((owed.sum() + BELIEVED) / (len(labels) + BELIEVED))
    return weight


def _mixed(weight: float, proba: Array, without: Array) -> Array:
    return np.asarray(weight * proba + (1 - weight) * without)
