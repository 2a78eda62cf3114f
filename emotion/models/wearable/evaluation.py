"""Predictions of a wristband's model for people it was not trained on, and for random Windows.

The second split leaks: the same person, even the same minute, is on both sides. It only serves as a
warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.metrics.classification import confusions, macro_f1, score
from emotion.evaluation.splits import iterate_folds
from emotion.models.wearable.train import (
    Array,
    Labels,
    TrainedWearable,
    WearableRecipe,
    WearableTable,
    fit_without,
    learn,
)
from emotion.training.number_format import format_score
from emotion.training.resumable_jobs import Arrays, Parts

# Number of parts in the split by random Windows.
LEAKY = 5
# P(stress), answered, and the threshold of stress; (N,) each.
Predictions = tuple[Array, NDArray[np.bool_], Array]


@dataclass(frozen=True, slots=True)
class WearableEvaluation:
    """A recipe and the Windows (N, D) to evaluate it on."""

    table: WearableTable
    rows: Array
    group: Labels
    recipe: WearableRecipe

    def predict_new_people(self, parts: Parts) -> Predictions:
        """Return the predictions for each Window by a model of all other people."""
        people = self.table.people
        return self._join(
            (
                people == number,
                parts.get(f"without-{number}", lambda n=number: self._predict_person(n)),  # type: ignore[misc]
            )
            for number in range(len(self.table.codes))
        )

    def score_both_splits(self, honest: Predictions, parts: Parts) -> dict[str, Any]:
        """Return macro-F1 for new people and for random Windows, with 95 % intervals over
        people.
        """
        table, rng = self.table, np.random.default_rng(self.recipe.seed)
        by_lot = self._predict_random_windows(parts)
        return {
            name: format_score(
                score(
                    macro_f1,
                    confusions(table.labels, (proba >= cut).astype(np.int64), table.people, 2),
                    rng=rng,
                )
            )
            for name, (proba, _, cut) in (("macro_f1", honest), ("leaky_macro_f1", by_lot))
        }

    def _predict_random_windows(self, parts: Parts) -> Predictions:
        count = len(self.rows)
        cut = iterate_folds(np.arange(count), LEAKY, rng=np.random.default_rng(self.recipe.seed))
        return self._join(
            (
                np.isin(np.arange(count), test),
                parts.get(f"by-lot-{n}", lambda a=train, b=test: self._predict_rows(a, b)),  # type: ignore[misc]
            )
            for n, (train, test) in enumerate(cut)
        )

    def _join(self, found: Iterator[tuple[NDArray[np.bool_], Arrays]]) -> Predictions:
        count = len(self.rows)
        proba, sure, cut = np.zeros(count), np.zeros(count, np.bool_), np.zeros(count)
        for own, said in found:
            proba[own], sure[own], cut[own] = said["proba"], said["sure"], said["cut"]
        return proba, sure, cut

    def _predict_person(self, number: int) -> Arrays:
        taught = fit_without(number, self.rows, self.table, self.group, self.recipe)
        return _predict_arrays(taught, self.rows[self.table.people == number])

    def _predict_rows(self, train: Labels, test: Labels) -> Arrays:
        table = self.table
        taught = learn(
            self.rows[train], table.labels[train], table.people[train], self.group, self.recipe
        )
        return _predict_arrays(taught, self.rows[np.sort(test)])


def _predict_arrays(taught: TrainedWearable, rows: Array) -> Arrays:
    proba, sure = taught.predict(rows)
    return {"proba": proba, "sure": sure, "cut": np.full(len(rows), taught.share)}
