"""The wristband on Stress-Predict: the shipped recipe, each person left out.

Only people that no choice of the recipe saw are counted. The others are trained on.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from emotion.benchmarks.evidence.tables import Array, EvidenceSet
from emotion.datasets import WrongFolder
from emotion.datasets.corpora import stress_predict
from emotion.evaluation.metrics.auc import auc_score, matched_pairs, pairs
from emotion.training.number_format import format_score, round_figure

if TYPE_CHECKING:
    from emotion.models.wearable.train import WearableRecipe, WearableTable

STRESS_PREDICT: Final = EvidenceSet(
    "stress-predict",
    "Stress in the laboratory, by wristband",
    "Iqbal and others 2022, github.com/italha-d/Stress-Predict-Dataset",
    "MIT",
    stress_predict.RAW,
)
# The recipe was settled on these people, so they say too much.
SETTLED_ON: Final = frozenset(f"S{number:02d}" for number in range(2, 16))


def judge_shipped(folder: Path, say: Callable[[str], None]) -> list[dict[str, object]]:
    """Return the wristband's row; none if the folder has no person that no choice saw."""
    from emotion.models.wearable.train import WearableRecipe, make_table
    from emotion.training.recipe import read_shipped

    root = _find(folder)
    if root is None or set(stress_predict.list_people(root)) <= SETTLED_ON:
        return []
    recipe = read_shipped("wearable", WearableRecipe)
    table = make_table(stress_predict.iterate_people(root), recipe, say=say)
    proba, answered = _predict_unseen(table, recipe, say)
    own = ~np.isnan(proba)
    labels, people, score = table.labels[own], table.people[own], proba[own]
    matched = matched_pairs(labels, score, people, table.at_s[own])

    def rng() -> np.random.Generator:
        return np.random.default_rng(recipe.seed)

    return [
        {
            **STRESS_PREDICT.describe(),
            "stream": "wristband",
            "state": "stress",
            "auc": format_score(auc_score(pairs(labels, score, people), rng=rng())),
            "matched_auc": format_score(auc_score(matched, rng=rng())),
            "known_by": "time since the start",
            "people": len(np.unique(people)),
            "observations": len(labels),
            "answered": round_figure(answered[own].mean()),
            "missing_people": 0,
            "missing_values": round_figure(np.isnan(table.rows[own]).mean()),
        }
    ]


def _predict_unseen(
    table: WearableTable, recipe: WearableRecipe, say: Callable[[str], None]
) -> tuple[Array, NDArray[np.bool_]]:
    """Return P(stress) and what is answered (N,), by models of all others; NaN = not counted."""
    from emotion.models.wearable.train import fit_without, make_views

    rows, group = make_views(table)["causal"]
    proba, answered = np.full(len(rows), np.nan), np.zeros(len(rows), np.bool_)
    for number, code in enumerate(table.codes):
        if code not in SETTLED_ON:
            say(f"stress-predict: without {code}")
            own = table.people == number
            model = fit_without(number, rows, table, group, recipe)
            proba[own], answered[own] = model.predict(rows[own])
    return proba, answered


def _find(folder: Path) -> Path | None:
    """Return the folder of the set in or under `folder`."""
    for candidate in sorted({folder, *(path.parent for path in folder.rglob(stress_predict.RAW))}):
        try:
            return stress_predict.find_root(candidate)
        except WrongFolder:
            continue
    return None
