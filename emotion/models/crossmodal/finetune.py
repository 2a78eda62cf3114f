"""Fine-tuning of the base on people's own reports, evaluated on held-out people.

The snapshot comes as bytes over standard input. A training without a person contains nothing of
them: the base never saw their data, and nothing else is carried over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.artefacts import Weights
from emotion.calibration.temperature import abstain_below, fit_temperature, log_loss, softmax
from emotion.datasets.snapshot import Snapshot, loads
from emotion.evaluation.splits import refuse_shared_people
from emotion.features.batch import Batch
from emotion.models.crossmodal import finetune_card, head_finetune
from emotion.models.crossmodal.finetune_card import HeldOutPredictions, SnapshotFacts
from emotion.models.crossmodal.finetuned_head import FinetunedHead, FinetuneRecipe
from emotion.models.crossmodal.head_finetune import Array, Base, base_folder, open_base
from emotion.models.crossmodal.pretrain import choose_windows, pretrain_base
from emotion.models.normalization import pack_standards, unpack_standards
from emotion.training import cross_validation
from emotion.training.checkpoint import Work
from emotion.training.cross_validation import Cut, Side
from emotion.training.example_table import (
    ExampleTable,
    Say,
    hide_stream,
    join_tables,
    make_snapshot_table,
    select_rows,
)
from emotion.training.recipe import WrongRecipe
from emotion.training.resumable_jobs import Arrays, Parts

# The base is kept unless its loss is beaten by this many standard errors.
CLEARLY = 2.0


@dataclass(frozen=True, slots=True)
class FinetuneData:
    """Inputs of a training; `unsaid` are unlabelled Windows, with label -1."""

    base: Base
    table: ExampleTable
    unsaid: ExampleTable
    recipe: FinetuneRecipe
    say: Say
    work: Work | None

    def train_on_all(self) -> FinetunedHead:
        """Train on all of it."""
        return self.train_on("all", np.arange(len(self.table.labels)), self.unsaid)

    def train_on(self, name: str, index: NDArray[np.int64], beside: ExampleTable) -> FinetunedHead:
        """Train on these rows of the table, pre-trained on them and on the unlabelled Windows."""
        told = select_rows(self.table, index)
        seen = join_tables([told, beside])
        # With one person no other is left for early stopping.
        if not len(self.unsaid.labels) or len(np.unique(seen.people)) < 2:
            return learn(told, self.base, self.recipe)
        self.say(f"pre-training on {len(seen.labels)} Windows, for {name}")
        at = self.work.stage(f"pretrain-{name}") if self.work else None
        how, seed = self.recipe.pretrain, self.recipe.seed
        ready = pretrain_base(self.base, seen.batch, seen.people, how, seed=seed, kept_at=at)
        return learn(told, self.base, self.recipe, ready)


def train(
    packed: bytes, recipe: FinetuneRecipe, *, say: Say, work: Work | None = None
) -> tuple[dict[str, Any], Weights]:
    """Return card and weights after training on a snapshot.

    Raises
    ------
    WrongFile, WrongRecipe
        If the bytes are no snapshot, or fewer people than `recipe.least` reported.
    """
    path = base_folder(recipe.base)
    base, snapshot = open_base(path), loads(packed)
    teaching, told = select_training(snapshot, base, recipe, say=say, work=work)
    cuts = cross_validation.make_cuts(teaching.table, recipe.outer, recipe.seed)
    parts = Parts(work, say, 1 + sum(len(found) for found in cuts.values()))
    before = _predict_with_base(teaching.table, base)
    judged = {
        name: _predict_left_out(name, cut, teaching, before, parts) for name, cut in cuts.items()
    }
    kept = parts.get("all", lambda: _pack(teaching.train_on_all(), base))
    learned = _unpack(kept, base)
    card = finetune_card.card(path.name, base.card, judged, told, learned, recipe)
    head = base.weights if learned.pull == 0 else learned.base.with_head(learned.head)
    return card, {**head, **pack_standards(learned.standards)}


def learn(
    table: ExampleTable, base: Base, recipe: FinetuneRecipe, ready: Base | None = None
) -> FinetunedHead:
    """Fit on all of these people; pull, temperature and threshold come from cross-validation.

    If no pull is clearly better than the base on held-out people, the base is kept. `ready` is the
    base with another body, whose head is then trained.
    """
    ready, standards = ready or base, head_finetune.widen_standards(base.standards, table.batch)
    inputs = ready.inputs(table.batch, standards)
    turns = cross_validation.split_people(table.people, recipe.inner, recipe.seed)
    said = {pull: _cross_predict(inputs, table, base, pull, turns) for pull in recipe.pulls}
    pull = min(said, key=lambda each: log_loss(softmax(said[each]), table.labels))
    heat = fit_temperature(said[pull], table.labels)
    plain = inputs if ready is base else base.inputs(table.batch, standards)
    before = softmax(plain @ base.head.T, base.card["temperature"])
    after = softmax(said[pull], heat)
    if not _clearly_better(before, after, table):
        known = base.card["temperature"], base.card["threshold"]
        return FinetunedHead(base, standards, base.head, *known, pull=0.0)
    head = head_finetune.fit_head(inputs, table.labels, base.head, pull)
    return FinetunedHead(ready, standards, head, heat, abstain_below(after, recipe.coverage), pull)


def select_training(
    snapshot: Snapshot, base: Base, recipe: FinetuneRecipe, *, say: Say, work: Work | None = None
) -> tuple[FinetuneData, SnapshotFacts]:
    """Return the Windows with labels of the base and those to pre-train on, and counts of all.

    Raises
    ------
    WrongRecipe
        If fewer people than `recipe.least` reported.
    """
    labels = tuple(base.card["labels"])
    said = [example for example in snapshot.examples if example.label is not None]
    kept = [example for example in said if example.label in labels]
    people = len({example.person for example in kept})
    if people < recipe.least:
        raise WrongRecipe(
            f"expected at least {recipe.least} people with a report of {', '.join(labels)}, got "
            f"{people}: {recipe.least - people} more are needed"
        )
    others = [example for example in snapshot.examples if example.label not in labels]
    unsaid = choose_windows(others, recipe.pretrain, seed=recipe.seed)
    told = SnapshotFacts(
        facts=snapshot.facts,
        unlabelled=len(snapshot.examples) - len(said),
        other_labels=len(said) - len(kept),
        pretrained_on=len(unsaid),
        simulated=frozenset(int(e.person[1:]) for e in [*kept, *unsaid] if e.simulated),
    )
    say(f"taking features of {len(kept)} Windows with a report")
    materials = sorted({example.material for example in [*kept, *unsaid]})
    table, beside = (make_snapshot_table(found, labels, materials) for found in (kept, unsaid))
    return FinetuneData(base, table, beside, recipe, say, work), told


def _predict_left_out(
    name: str, cut: Cut, teaching: FinetuneData, before: Arrays, parts: Parts
) -> HeldOutPredictions | None:
    """Return the predictions for the rows each fold leaves out; None without folds."""
    if not cut:
        return None
    index, said = cross_validation.predict_left_out(
        name, cut, parts, lambda n, side: _predict_fold(name, n, side, teaching)
    )
    said |= {key: found[index] for key, found in before.items()}
    return HeldOutPredictions(select_rows(teaching.table, index), said)


def _predict_fold(name: str, number: int, side: Side, teaching: FinetuneData) -> Arrays:
    """Return (N, K) predictions for the left-out rows, with and without each Stream.

    Also those without pre-training. All are trained on the other people.
    """
    train, test = side[0], select_rows(teaching.table, side[1])
    beside = _select_unlabelled(name, teaching.unsaid, test)
    learned = teaching.train_on(f"{name}-{number}", train, beside)
    found = _name_arrays(test.batch, "ours", learned)
    if len(teaching.unsaid.labels):
        bare = learn(select_rows(teaching.table, train), teaching.base, teaching.recipe)
        found["bare"] = bare.proba(test.batch)
    return {"answered": found["ours"].max(axis=1) >= learned.threshold, **found}


def _select_unlabelled(name: str, unsaid: ExampleTable, test: ExampleTable) -> ExampleTable:
    """Return the unlabelled Windows of people (or videos) that are not left out."""
    if name == "leaky":
        return unsaid
    told, left_out = getattr(unsaid, name), getattr(test, name)
    found = select_rows(unsaid, np.flatnonzero(~np.isin(told, left_out)))
    if name == "people":
        refuse_shared_people(found.people, test.people)
    return found


def _predict_with_base(table: ExampleTable, base: Base) -> Arrays:
    """Return the base's (N, K) for all rows, which are the same in every fold."""
    before = FinetunedHead(base, base.standards, base.head, base.card["temperature"], 0.0, 0.0)
    return _name_arrays(table.batch, "base", before)


def _name_arrays(batch: Batch, word: str, who: FinetunedHead) -> dict[str, Array]:
    without_each = {
        f"{word}.{stream}": who.proba(hide_stream(batch, stream)) for stream in who.standards
    }
    return {word: who.proba(batch), **without_each}


def _cross_predict(
    inputs: Array, table: ExampleTable, base: Base, pull: float, turns: Cut
) -> Array:
    """Return (N, K) logits of each row from a head that never saw its person."""
    found = np.zeros((len(inputs), len(base.head)))
    for train, test in turns:
        head = head_finetune.fit_head(inputs[train], table.labels[train], base.head, pull)
        found[test] = inputs[test] @ head.T
    return found


def _clearly_better(before: Array, after: Array, table: ExampleTable) -> bool:
    """Return whether the log loss falls by more than chance among people."""
    at = np.arange(len(table.labels)), table.labels
    fell = np.log(np.maximum(after[at], 1e-12)) - np.log(np.maximum(before[at], 1e-12))
    _, who = np.unique(table.people, return_inverse=True)
    each = np.bincount(who, weights=fell) / np.bincount(who)
    return bool(each.mean() > CLEARLY * each.std(ddof=1) / np.sqrt(len(each)))


def _pack(learned: FinetunedHead, base: Base) -> Mapping[str, NDArray[Any]]:
    scalars = [learned.temperature, learned.threshold, learned.pull]
    own = {} if learned.base is base else learned.base.weights
    return {
        "head": learned.head,
        "scalars": np.array(scalars),
        **pack_standards(learned.standards),
        **{n: x for n, x in own.items() if n.startswith(head_finetune.NETWORK)},
    }


def _unpack(kept: Arrays, base: Base) -> FinetunedHead:
    heat, threshold, pull = kept["scalars"].tolist()
    own = {n: x for n, x in kept.items() if n.startswith(head_finetune.NETWORK)}
    of = base.with_network(own) if own else base
    return FinetunedHead(of, unpack_standards(kept), kept["head"], heat, threshold, pull)
