"""Data of the report's plots: curves, counts and examples of one row's answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.benchmarks.affect.fold_metrics import RowResults
from emotion.evaluation.metrics.probability import reliability
from emotion.evaluation.metrics.selective_accuracy import risk_coverage

Array = NDArray[np.float64]
Pairs = list[list[float]]

# Points of a drawn curve.
DRAWN = 60
WRONG = 10
NEIGHBOURS = 30.0


def confusion(found: RowResults) -> list[list[int]]:
    """Return (K, K) counts, rows = truth."""
    return [[int(v) for v in row] for row in found.counts.sum(axis=0)]


def roc(found: RowResults, label: int) -> Pairs:
    """Return (false, true positive rate) of one class against the rest."""
    order = np.argsort(-found.proba[:, label], kind="stable")
    truth = found.labels[order] == label
    hits = np.concatenate([[0.0], np.cumsum(truth) / max(1, truth.sum())])
    false = np.concatenate([[0.0], np.cumsum(~truth) / max(1, (~truth).sum())])
    return _thin(false, hits)


def risk(found: RowResults) -> Pairs:
    """Return (coverage, error rate) from the most certain answer to all of them."""
    share, wrong = risk_coverage(found.proba, found.labels)
    few = max(1, len(share) // 50)  # the first few answers are too noisy
    return _thin(share[few:], wrong[few:])


def calibration(found: RowResults) -> Pairs:
    """Return (mean confidence, accuracy) of each bin with any answer."""
    return [[said, right] for said, right, _ in reliability(found.proba, found.labels)]


def losses(found: RowResults) -> list[dict[str, list[float]]]:
    """Return each fold's training and validation loss by epoch."""
    curves = [one["history"] for one in found.folds if "history" in one]
    return [
        {"train": curve[:, 0].round(4).tolist(), "valid": curve[:, 1].round(4).tolist()}
        for curve in curves
    ]


def distribution(found: RowResults, names: Sequence[str]) -> dict[str, int]:
    """Return the number of Windows with each label."""
    counts = np.bincount(found.labels, minlength=len(names))
    return {name: int(count) for name, count in zip(names, counts, strict=True)}


def surest_wrong(found: RowResults, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the ten most certain wrong answers; people are simulated, so their codes are shown."""
    guess = found.proba.argmax(axis=1)
    wrong = np.flatnonzero(guess != found.labels)
    worst = wrong[np.argsort(-found.proba[wrong].max(axis=1), kind="stable")][:WRONG]
    return [
        {
            "person": int(found.people[row]),
            "video": int(found.videos[row]),
            "second": float(found.times[row]),
            "said": names[guess[row]],
            "sure": round(float(found.proba[row].max()), 3),
            "true": names[found.labels[row]],
        }
        for row in worst
    ]


def neighbourhood(found: RowResults) -> dict[str, Any] | None:
    """Return t-SNE of the last layer's input, for the first fold's explained test rows."""
    kept = found.folds[0]
    if "hidden" not in kept:
        return None
    from sklearn.manifold import TSNE

    hidden = kept["hidden"]
    near = min(NEIGHBOURS, (len(hidden) - 1) / 3)
    places = TSNE(perplexity=near, init="pca", random_state=0).fit_transform(hidden)
    return {
        "places": np.round(places, 2).tolist(),
        "labels": kept["labels"][kept["asked"]].tolist(),
    }


def average_grid(found: RowResults) -> dict[str, Any]:
    """Return the grid of inner macro-F1, the mean over outer folds."""
    grids = [one["grid"] for one in found.folds]
    return {
        "rows": found.folds[0]["grid_rows"].tolist(),
        "columns": found.folds[0]["grid_columns"].tolist(),
        "values": np.round(np.mean(grids, axis=0), 4).tolist(),
    }


def collect(found: RowResults, tuned: RowResults | None, names: Sequence[str]) -> dict[str, Any]:
    """Return all plot data of one row."""
    return {
        "row": found.row.name,
        "cohort": found.row.cohort,
        "labels": list(names),
        "confusion": confusion(found),
        "roc": {name: roc(found, k) for k, name in enumerate(names)},
        "tsne": neighbourhood(found),
        "losses": losses(found),
        "label_distribution": distribution(found, names),
        "calibration": calibration(found),
        "risk_coverage": risk(found),
        "grid": None if tuned is None else average_grid(tuned),
        "surest_and_wrong": surest_wrong(found, names),
    }


def _thin(x: Array, y: Array) -> Pairs:
    kept = np.unique(np.linspace(0, len(x) - 1, min(DRAWN, len(x))).astype(int))
    return [[round(float(a), 4), round(float(b), 4)] for a, b in zip(x[kept], y[kept], strict=True)]
