"""Permutation test: a cheap classifier head refitted 200 times to shuffled labels.

Labels are shuffled only within a person's video, so that person and content stay the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.dataset import WindowStudy
from emotion.evaluation.metrics.classification import confusions, macro_f1
from emotion.evaluation.splits import Fold

Array = NDArray[np.float64]

REFITS = 200
RIDGE = 100.0


def shuffle_labels(study: WindowStudy, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the labels (N,), shuffled within each person's rows of each video."""
    places = np.lexsort((rng.random(len(study)), study.videos, study.people))
    stay = np.lexsort((study.videos, study.people))
    found = np.empty_like(study.labels)
    found[stay] = study.labels[places]
    return found


def p_value(
    study: WindowStudy,
    columns: Array,
    folds: Sequence[Fold],
    *,
    rng: np.random.Generator,
    refits: int = REFITS,
) -> tuple[float, float]:
    """Return macro-F1 of the head, and p: the share of refits, itself included, that reach it.

    Parameters
    ----------
    columns : (N, D)
        Each fold standardises them by its training rows; NaN becomes their mean. The head is ridge
        regression onto one column per class, balanced: its fit is one product, whatever the labels.
    """
    heads = [_Head(columns, fold) for fold in folds]
    seen = _figure(study, study.labels, heads)
    lucky = [_figure(study, shuffle_labels(study, rng), heads) for _ in range(refits)]
    return seen, (1 + sum(found >= seen for found in lucky)) / (1 + refits)


class _Head:
    """Least squares of one fold; everything independent of the labels is computed once."""

    def __init__(self, columns: Array, fold: Fold) -> None:
        self.fold = fold
        train = columns[fold.train]
        count = np.maximum((~np.isnan(train)).sum(axis=0), 1)
        self.mean = np.nansum(train, axis=0) / count
        self.deviation = np.sqrt(np.nansum((train - self.mean) ** 2, axis=0) / count)
        self.x = self._ready(train)
        gram = self.x.T @ self.x + RIDGE * np.eye(self.x.shape[1])
        self.solved = np.linalg.solve(gram, self._ready(columns[fold.test]).T)

    def _ready(self, columns: Array) -> Array:
        scaled = np.nan_to_num((columns - self.mean) / np.maximum(self.deviation, 1e-6))
        return np.concatenate([scaled, np.ones((len(scaled), 1))], axis=1)

    def guess(self, labels: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
        """Return the test rows' labels, learned from the training rows'."""
        train = labels[self.fold.train]
        share = np.bincount(train, minlength=classes) / len(train)
        targets = np.eye(classes)[train] / np.maximum(share, 1e-6)
        return np.asarray((self.solved.T @ (self.x.T @ targets)).argmax(axis=1))


def _figure(study: WindowStudy, labels: NDArray[np.int64], heads: Sequence[_Head]) -> float:
    classes = len(study.classes)
    total = np.zeros((classes, classes))
    for head in heads:
        rows = head.fold.test
        one = np.zeros(len(rows), np.int64)
        total += confusions(labels[rows], head.guess(labels, classes), one, classes).sum(axis=0)
    return float(macro_f1(total))
