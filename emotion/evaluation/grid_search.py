"""Grid search inside a training part by inner folds of people; all cells are kept for a heat
map.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.dataset import WindowStudy
from emotion.evaluation.metrics.classification import confusions, macro_f1
from emotion.evaluation.splits import iterate_folds, refuse_shared_people

INNER = 3


@dataclass(frozen=True, slots=True)
class Grid:
    """Mean macro-F1 over the inner folds of each cell.

    Attributes
    ----------
    rows, columns : tuple
        The values that were tried.
    values : (R, C)
    best : (row, column)
        Of the largest value; on a tie the first.
    """

    rows: tuple[float, ...]
    columns: tuple[float, ...]
    values: NDArray[np.float64]

    @property
    def best(self) -> tuple[float, float]:
        """Return the best row and column."""
        at = int(self.values.argmax())
        return self.rows[at // len(self.columns)], self.columns[at % len(self.columns)]


def search_grid(
    study: WindowStudy,
    make: Callable[[float, float], Any],
    rows: Sequence[float],
    columns: Sequence[float],
    *,
    rng: np.random.Generator,
) -> Grid:
    """Fit each cell on the inner folds of `study`, which must be an outer training part only."""
    inner = list(iterate_folds(study.people, INNER, rng=rng))
    values = np.array([[_cell(study, inner, make, r, c) for c in columns] for r in rows])
    return Grid(tuple(rows), tuple(columns), values)


def _cell(
    study: WindowStudy,
    inner: Sequence[Any],
    make: Callable[[float, float], Any],
    row: float,
    col: float,
) -> float:
    found = []
    for train, valid in inner:
        refuse_shared_people(study.people[train], study.people[valid])
        guess = make(row, col).fit(study.x[train], study.labels[train]).predict(study.x[valid])
        counts = confusions(study.labels[valid], guess, study.people[valid], len(study.classes))
        found.append(float(macro_f1(counts.sum(axis=0))))
    return float(np.mean(found))
