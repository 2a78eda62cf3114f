"""What a wristband's reader says of those it did not learn from: new people, and Windows by lot.

The second way leaks: the same person, the same minute even, stands on both sides. It only warns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.metrics.classification import confusions, macro_f1, score
from emotion.evaluation.splits import iterate_folds
from emotion.models.wearable.train import Array, Labels, Learned, Recipe, Table, learn, without_one
from emotion.training.number_format import figure
from emotion.training.resumable_jobs import Arrays, Parts

# Parts of the Windows that are left out by lot, in turn.
LEAKY = 5
# P(stress), answered, and the cut above which it is called stress; (N,) each.
Said = tuple[Array, NDArray[np.bool_], Array]


@dataclass(frozen=True, slots=True)
class Asked:
    """A recipe and the Windows (N, D) it is asked of."""

    table: Table
    rows: Array
    group: Labels
    recipe: Recipe

    def of_new_people(self, parts: Parts) -> Said:
        """Return what is said of each Window by what everybody else taught."""
        people = self.table.people
        return self._joined(
            (
                people == number,
                parts.get(f"without-{number}", lambda n=number: self._of_person(n)),  # type: ignore[misc]
            )
            for number in range(len(self.table.codes))
        )

    def both_ways(self, honest: Said, parts: Parts) -> dict[str, Any]:
        """Return macro-F1 of new people and by lot, with 95 % intervals over people."""
        table, rng = self.table, np.random.default_rng(self.recipe.seed)
        by_lot = self._by_lot(parts)
        return {
            name: figure(
                score(
                    macro_f1,
                    confusions(table.labels, (proba >= cut).astype(np.int64), table.people, 2),
                    rng=rng,
                )
            )
            for name, (proba, _, cut) in (("macro_f1", honest), ("leaky_macro_f1", by_lot))
        }

    def _by_lot(self, parts: Parts) -> Said:
        count = len(self.rows)
        cut = iterate_folds(np.arange(count), LEAKY, rng=np.random.default_rng(self.recipe.seed))
        return self._joined(
            (
                np.isin(np.arange(count), test),
                parts.get(f"by-lot-{n}", lambda a=train, b=test: self._of_rows(a, b)),  # type: ignore[misc]
            )
            for n, (train, test) in enumerate(cut)
        )

    def _joined(self, found: Iterator[tuple[NDArray[np.bool_], Arrays]]) -> Said:
        count = len(self.rows)
        proba, sure, cut = np.zeros(count), np.zeros(count, np.bool_), np.zeros(count)
        for own, said in found:
            proba[own], sure[own], cut[own] = said["proba"], said["sure"], said["cut"]
        return proba, sure, cut

    def _of_person(self, number: int) -> Arrays:
        taught = without_one(number, self.rows, self.table, self.group, self.recipe)
        return _said(taught, self.rows[self.table.people == number])

    def _of_rows(self, train: Labels, test: Labels) -> Arrays:
        table = self.table
        taught = learn(
            self.rows[train], table.labels[train], table.people[train], self.group, self.recipe
        )
        return _said(taught, self.rows[np.sort(test)])


def _said(taught: Learned, rows: Array) -> Arrays:
    proba, sure = taught.said(rows)
    return {"proba": proba, "sure": sure, "cut": np.full(len(rows), taught.share)}
