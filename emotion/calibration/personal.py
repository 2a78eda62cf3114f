"""Calibration for one learner from their few reports, shrunk towards the group's.

Nothing is trained: it consists of a few counts, which disappear with the reports.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

# The group counts as much as this many of the learner's own reports. Chosen on simulated
# institutions that are in no published figure.
STRENGTH: Final = 20.0
# Prior weight of the camera, in reports, before there is any; it never gets more.
CAMERA_PRIOR: Final = 8.0
ROUNDS: Final = 50


@dataclass(frozen=True, slots=True)
class PersonalScaling:
    """What a learner's reports change in their estimates.

    Attributes
    ----------
    bias : (K,)
        Added to the log of each probability.
    camera : float
        Weight of the estimate with the camera against the one without, 0-1.
    agreed, reports : int
        "Your reports and the estimate agreed 6 of 11 times", before this calibration.
    """

    bias: Array
    camera: float
    agreed: int
    reports: int

    def apply(self, proba: Array, without_camera: Array | None = None) -> Array:
        """Return (N, K) probabilities from the estimates with and without the camera."""
        mixed = proba if without_camera is None else _mix(self.camera, proba, without_camera)
        raised = mixed * np.exp(self.bias)
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def fit_personal(
    proba: Array,
    labels: Labels,
    without_camera: Array | None = None,
    *,
    strength: float = STRENGTH,
) -> PersonalScaling:
    """Return the calibration of one learner; without a report it changes nothing.

    Parameters
    ----------
    proba, without_camera : (N, K)
        Estimates for the Windows they reported on; None = the camera was never on.
    labels : (N,)
        What they reported, as columns of `proba`.
    strength : float
        How many reports the group counts for.

    Notes
    -----
    The bias is the log of how often each label was reported over how often it was estimated. It
    includes `strength` reports that agree with the estimates (a Dirichlet of the group's shares).
    The camera's weight is that of a mixture of two estimates. It is found by
    expectation-maximisation under a Beta prior whose mode is 1.
    """
    camera = 1.0 if without_camera is None else _weight(proba, without_camera, labels)
    seen = proba if without_camera is None else _mix(camera, proba, without_camera)
    share = seen.mean(axis=0) if len(seen) else np.full(proba.shape[1], 1 / proba.shape[1])
    said = np.bincount(labels, minlength=proba.shape[1]).astype(np.float64)
    bias = np.log((said + strength * share) / (len(labels) * share + strength * share))
    agreed = int((proba.argmax(axis=1) == labels).sum())
    return PersonalScaling(bias - bias.mean(), camera, agreed, len(labels))


def _weight(proba: Array, without: Array, labels: Labels) -> float:
    """Return the camera's weight: 1 without reports, lower the more they contradict it."""
    at = np.arange(len(labels)), labels
    with_it, bare, weight = proba[at], without[at], 0.5
    for _ in range(ROUNDS):
        owed = weight * with_it / np.maximum(weight * with_it + (1 - weight) * bare, 1e-12)
        weight = float((owed.sum() + CAMERA_PRIOR) / (len(labels) + CAMERA_PRIOR))
    return weight


def _mix(weight: float, proba: Array, without: Array) -> Array:
    return np.asarray(weight * proba + (1 - weight) * without)
