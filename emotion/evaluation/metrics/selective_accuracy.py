"""Selective prediction: accuracy of the answers given, by the share of answers given."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def risk_coverage(proba: Array, labels: NDArray[np.int64]) -> tuple[Array, Array]:
    """Return coverage (N,) and error rate (N,) when only the most certain n of N are answered."""
    order = np.argsort(-proba.max(axis=1), kind="stable")
    wrong = proba.argmax(axis=1)[order] != labels[order]
    count = np.arange(1, len(labels) + 1)
    return count / len(labels), np.cumsum(wrong) / count


def risk_coverage_area(proba: Array, labels: NDArray[np.int64]) -> float:
    """Return the mean error rate over all coverages (AURC, Geifman & El-Yaniv 2017)."""
    return float(risk_coverage(proba, labels)[1].mean())


def accuracy_at(proba: Array, labels: NDArray[np.int64], coverage: float) -> float:
    """Return the accuracy among the most certain share `coverage` of the rows."""
    if not 0 < coverage <= 1:
        raise ValueError(f"expected a coverage above 0 and up to 1, got {coverage}")
    answered = max(1, round(coverage * len(labels)))
    return float(1 - risk_coverage(proba, labels)[1][answered - 1])
