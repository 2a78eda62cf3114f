"""Training of valence and arousal on SAM's nine steps, evaluated on held-out people.

The base's layers read the Windows. Two linear outputs are trained to predict the steps, with a
penalty for leaving the base's own directions. The base never saw anybody's data and nothing else is
carried over, so a training without a person contains nothing of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.artefacts import Weights
from emotion.calibration.temperature import abstain_below, fit_temperature, softmax
from emotion.datasets.clips import MIDDLE, OF_WORDS
from emotion.datasets.snapshot import LABELS, LEVELS, Snapshot, loads
from emotion.evaluation.splits import refuse_shared_people
from emotion.features.batch import Batch
from emotion.models.crossmodal import head_finetune
from emotion.models.crossmodal.head_finetune import Array, Base, base_folder, open_base
from emotion.models.normalization import pack_standards, unpack_standards
from emotion.models.valence_arousal import card as valence_arousal_card
from emotion.models.valence_arousal.card import LevelPredictions, SnapshotSource
from emotion.models.valence_arousal.levels_head import SamRecipe, TrainedLevels
from emotion.models.valence_arousal.predictor import high_probability
from emotion.training import cross_validation
from emotion.training.checkpoint import Work
from emotion.training.cross_validation import Cut, Side
from emotion.training.example_table import (
    ExampleTable,
    Say,
    hide_stream,
    make_snapshot_table,
    select_rows,
)
from emotion.training.recipe import WrongRecipe
from emotion.training.resumable_jobs import Arrays, Parts


@dataclass(frozen=True, slots=True)
class RatedWindows:
    """Windows with `above` (N, 2): ratings relative to the middle by level, NaN if not rated."""

    table: ExampleTable
    above: Array

    def rows(self, index: NDArray[np.int64]) -> RatedWindows:
        return RatedWindows(select_rows(self.table, index), self.above[index])


def train(
    packed: bytes, recipe: SamRecipe, *, say: Say, work: Work | None = None
) -> tuple[dict[str, Any], Weights]:
    """Return card and weights after training on a snapshot.

    Raises
    ------
    WrongFile, WrongRecipe
        If the bytes are no snapshot, or fewer people than `recipe.least` rated a level away from
        the middle.
    """
    path = base_folder(recipe.base)
    base, snapshot = open_base(path), loads(packed)
    told, source = select_rated(snapshot, recipe, say=say)
    cuts = cross_validation.make_cuts(told.table, recipe.outer, recipe.seed)
    parts = Parts(work, say, 1 + sum(len(found) for found in cuts.values()))
    before = _predict_with_base(told.table.batch, base)
    judged = {
        n: _predict_left_out(n, cut, told, base, recipe, before, parts) for n, cut in cuts.items()
    }
    kept = parts.get("all", lambda: _pack(learn(told, base, recipe)))
    learned = _unpack(kept, base)
    card = valence_arousal_card.make_card(path.name, base.card, judged, source, learned, recipe)
    return card, {**base.with_head(learned.head), **pack_standards(learned.standards)}


def select_rated(
    snapshot: Snapshot, recipe: SamRecipe, *, say: Say
) -> tuple[RatedWindows, SnapshotSource]:
    """Return the Windows with a rated level; raises WrongRecipe if too few people rated one."""
    kept = [example for example in snapshot.examples if example.levels]
    for level in LEVELS:
        sided = (e for e in kept if e.levels.get(level, MIDDLE) != MIDDLE)
        people = len({example.person for example in sided})
        if people < recipe.least:
            raise WrongRecipe(
                f"expected at least {recipe.least} people who rated a {level} off SAM's middle, "
                f"got {people}: {recipe.least - people} more are needed"
            )
    say(f"taking features of {len(kept)} Windows with a level")
    simulated = frozenset(int(each.person[1:]) for each in kept if each.simulated)
    steps = [[each.levels.get(level, np.nan) for level in LEVELS] for each in kept]
    told = RatedWindows(make_snapshot_table(kept, LABELS), np.array(steps, np.float64) - MIDDLE)
    return told, SnapshotSource(snapshot.facts, len(snapshot.examples) - len(kept), simulated)


def learn(told: RatedWindows, base: Base, recipe: SamRecipe) -> TrainedLevels:
    """Fit on all of these people; pull, temperature and threshold come from cross-validation."""
    standards = head_finetune.widen_standards(base.standards, told.table.batch)
    inputs = base.inputs(told.table.batch, standards)
    turns = cross_validation.split_people(told.table.people, recipe.inner, recipe.seed)
    toward = directions(base)
    said = {n: _cross_predict(inputs, told.above, toward, n, turns) for n in recipe.pulls}
    pull = min(said, key=lambda each: float(np.nanmean((said[each] - told.above) ** 2)))
    sided = np.nan_to_num(told.above) != 0
    two = np.stack([np.zeros(sided.sum()), said[pull][sided]], axis=1)
    heat = fit_temperature(two, (told.above[sided] > 0).astype(np.int64))
    chance = high_probability(said[pull], heat)
    least = abstain_below(np.concatenate([chance, 1 - chance], axis=1), recipe.coverage)
    head = fit_outputs(inputs, told.above, toward, pull)
    return TrainedLevels(base, standards, head, heat, least, pull)


def directions(base: Base) -> Array:
    """Return (2, D): by level, the base's logits of its high labels minus those of the others."""
    high_side = _find_high_labels(base)
    return np.stack(
        [base.head[side].mean(axis=0) - base.head[~side].mean(axis=0) for side in high_side]
    )


def fit_outputs(inputs: Array, above: Array, toward: Array, pull: float) -> Array:
    """Return outputs (2, D) with the least squared error plus penalty for leaving the base's.

    Parameters
    ----------
    inputs : (N, D)
        Its last column is 1, and free.
    above : (N, 2)
        NaN if not rated.
    toward : (2, D)
        Direction of the penalty's centre; its length is fitted.
    pull : float
        Penalty of a squared distance of 1 from the centre, relative to one report's squared error.
    """
    held = np.eye(inputs.shape[1]) * pull
    held[-1, -1] = 0.0
    found = []
    for column, along in zip(above.T, toward, strict=True):
        known = ~np.isnan(column)
        x, steps = inputs[known], column[known]
        one = np.stack([x @ along, np.ones(len(x))], axis=1)
        times, usual = np.linalg.lstsq(one, steps, rcond=None)[0]
        start = times * along
        start[-1] += usual
        away = np.linalg.lstsq(x.T @ x + held, x.T @ (steps - x @ start), rcond=None)[0]
        found.append(start + away)
    return np.stack(found)


def _cross_predict(inputs: Array, above: Array, toward: Array, pull: float, turns: Cut) -> Array:
    """Return (N, 2) steps for each row, from outputs that never saw its person."""
    found = np.zeros_like(above)
    for train, test in turns:
        found[test] = inputs[test] @ fit_outputs(inputs[train], above[train], toward, pull).T
    return found


def _predict_left_out(
    name: str,
    cut: Cut,
    told: RatedWindows,
    base: Base,
    recipe: SamRecipe,
    before: Arrays,
    parts: Parts,
) -> LevelPredictions | None:
    """Return the predictions for the rows each fold leaves out; None without folds."""
    if not cut:
        return None
    index, said = cross_validation.predict_left_out(
        name,
        cut,
        parts,
        lambda _, side: _predict_fold(name, side, told, base, recipe, before["base"]),
    )
    said |= {key: found[index] for key, found in before.items()}
    left_out = told.rows(index)
    return LevelPredictions(left_out.table, left_out.above, said)


def _predict_fold(
    name: str, side: Side, told: RatedWindows, base: Base, recipe: SamRecipe, before: NDArray[Any]
) -> Arrays:
    """Return predictions for the left-out rows, with and without each Stream.

    Also the averages among the training people.
    """
    train, test = told.rows(side[0]), told.rows(side[1])
    if name == "people":
        refuse_shared_people(train.table.people, test.table.people)
    learned, batch = learn(train, base, recipe), test.table.batch
    found = {f"ours.{n}": learned.proba(hide_stream(batch, n)) for n in learned.standards}
    chance = learned.proba(batch)
    return found | {
        "ours": chance,
        "above": learned.above(batch),
        "mean": _each(np.nanmean(train.above, axis=0), chance),
        "usual_ours": _each(learned.proba(train.table.batch).mean(axis=0), chance),
        "usual_base": _each(before[side[0]].mean(axis=0), chance),
        "answered": np.maximum(chance, 1 - chance).max(axis=1) >= learned.threshold,
    }


def _each(row: Array, like: Array) -> Array:
    return np.tile(row, (len(like), 1))


def _predict_with_base(batch: Batch, base: Base) -> Arrays:
    """Return (N, 2) of all rows by the base's own labels, which are the same in every fold."""
    found = {
        f"base.{name}": _predict_labels(hide_stream(batch, name), base) for name in base.standards
    }
    return found | {"base": _predict_labels(batch, base)}


def _predict_labels(batch: Batch, base: Base) -> Array:
    said = base.inputs(batch, base.standards) @ base.head.T
    proba = softmax(said, base.card["temperature"])
    return np.asarray(proba @ _find_high_labels(base).T.astype(np.float64))


def _find_high_labels(base: Base) -> NDArray[np.bool_]:
    """Return (2, K): which of the base's labels are on each level's high side."""
    return np.array([[label in OF_WORDS[n] for label in base.card["labels"]] for n in LEVELS])


def _pack(learned: TrainedLevels) -> Mapping[str, NDArray[Any]]:
    scalars = [learned.temperature, learned.threshold, learned.pull]
    return {
        "head": learned.head,
        "scalars": np.array(scalars),
        **pack_standards(learned.standards),
    }


def _unpack(kept: Arrays, base: Base) -> TrainedLevels:
    heat, threshold, pull = kept["scalars"].tolist()
    return TrainedLevels(base, unpack_standards(kept), kept["head"], heat, threshold, pull)
