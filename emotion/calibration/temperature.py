"""Calibrated probabilities: temperature, expected calibration error, abstention threshold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

Array = NDArray[np.float64]

BINS = 15


def softmax(logits: NDArray[np.floating], temperature: float = 1.0) -> Array:
    """Return (N, K) probabilities of `logits` / `temperature`; rows sum to 1."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def log_loss(proba: Array, labels: NDArray[np.int64]) -> float:
    """Return the mean of -log p(label)."""
    chosen = proba[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(chosen, 1e-12)).mean())


def fit_temperature(logits: NDArray[np.floating], labels: NDArray[np.int64]) -> float:
    """Return the temperature in 0.25-4 with the least log loss (Guo et al. 2017, eq. 9).

    Fit it on people who neither train nor test.
    """
    found = minimize_scalar(
        lambda log_t: log_loss(softmax(logits, float(np.exp(log_t))), labels),
        bounds=(np.log(0.25), np.log(4.0)),
        method="bounded",
    )
    return float(np.exp(found.x))


def calibration_error(proba: Array, labels: NDArray[np.int64], bins: int = BINS) -> float:
    """Return the expected calibration error: mean |confidence - accuracy|, weighted by bin.

    Bins split the confidence (largest probability) evenly over 0-1 (Guo et al. 2017, eq. 3).
    """
    confidence = proba.max(axis=1)
    right = (proba.argmax(axis=1) == labels).astype(np.float64)
    place = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gap = np.bincount(place, weights=confidence - right, minlength=bins)
    return float(np.abs(gap).sum() / len(labels))


def abstain_below(proba: Array, coverage: float) -> float:
    """Return the confidence below which to abstain, so that `coverage` of rows are answered."""
    if not 0 < coverage <= 1:
        raise ValueError(f"expected a coverage above 0 and up to 1, got {coverage}")
    return float(np.quantile(proba.max(axis=1), 1 - coverage))
