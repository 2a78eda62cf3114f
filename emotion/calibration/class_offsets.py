"""Temperature and one offset per class, fitted on people who neither train nor test.

Training with equal class weights makes rare classes too likely. The offsets undo that for the
probabilities; the answer stays the one that macro-F1 is measured on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from emotion.calibration.temperature import log_loss, softmax

Array = NDArray[np.float64]

LEAST = 1e-6
# Keeps an offset near 0 if these people hardly show its class.
PULL = 0.001


@dataclass(frozen=True, slots=True)
class Scaling:
    """Calibration of a model's probabilities.

    Attributes
    ----------
    temperature : float
        Divides their logarithms.
    offsets : (K,)
        Added afterwards.
    """

    temperature: float
    offsets: Array

    def apply(self, proba: Array) -> Array:
        """Return calibrated (N, K); rows sum to 1."""
        return softmax(_logits(proba) / self.temperature + self.offsets)


def fit(proba: Array, labels: NDArray[np.int64]) -> Scaling:
    """Return the scaling with the least log loss (Guo et al. 2017, vector scaling, one slope)."""
    logits = _logits(proba)

    def loss(point: Array) -> float:
        made = softmax(logits * np.exp(-point[0]) + point[1:])
        return log_loss(made, labels) + PULL * float(point[1:] @ point[1:])

    start = np.zeros(1 + proba.shape[1])
    bounds = [(np.log(0.25), np.log(4.0)), *[(-5.0, 5.0)] * proba.shape[1]]
    found = minimize(loss, start, method="L-BFGS-B", bounds=bounds).x
    return Scaling(float(np.exp(found[0])), np.asarray(found[1:]))


def _logits(proba: Array) -> Array:
    return np.log(np.maximum(proba, LEAST))
