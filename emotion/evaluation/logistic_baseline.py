"""The baseline that every network is compared with: logistic regression on the same features."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from emotion.features.batch import Batch, mean_features


def summary(batch: Batch) -> NDArray[np.float64]:
    """Return (N, D): each standardised feature's mean over present steps, and whether any is
    present.
    """
    columns = []
    for name in batch.values:
        held, came = mean_features(batch.values[name], batch.masks[name])
        columns += [held, came.any(axis=1, keepdims=True)]
    return np.concatenate(columns, axis=1).astype(np.float64)


def logistic_regression(
    train: NDArray[np.float64], labels: NDArray[np.int64], test: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Fit on `train` (N, D), return probabilities (M, K) of `test`; C = 1, no tuning."""
    model = LogisticRegression(C=1.0, max_iter=500)
    model.fit(train, labels)
    return np.asarray(model.predict_proba(test))
