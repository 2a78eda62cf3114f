"""The base taught further by people's own reports, and what of it holds on people left out.

The snapshot comes as bytes over standard input. What a person taught is gone with a training
without them: the base never met anybody, and nothing else is carried over.
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
from emotion.models.crossmodal.finetune_card import Judged, Told
from emotion.models.crossmodal.head_finetune import Array, Base, Standards, base_folder, opened
from emotion.models.crossmodal.pretrain import Pretrain, chosen, pretrained
from emotion.models.normalization import pack_standards, unpack_standards
from emotion.training import cross_validation
from emotion.training.checkpoint import Work
from emotion.training.cross_validation import Cut, Side
from emotion.training.example_table import Say, Table, joined, rows, table_of, without
from emotion.training.recipe import WrongRecipe
from emotion.training.resumable_jobs import Arrays, Parts

# The base alone is good enough unless its loss is beaten by this many standard errors.
CLEARLY = 2.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """How people are parted and how hard the base holds on; `recipes/finetune.toml` has words."""

    seed: int
    base: str
    least: int
    outer: int
    inner: int
    pulls: tuple[float, ...]
    coverage: float
    pretrain: Pretrain


@dataclass(frozen=True, slots=True)
class Learned:
    """A head with what it needs to be used; `pull` 0 = the base, because nothing was better."""

    base: Base
    standards: Standards
    head: Array
    temperature: float
    threshold: float
    pull: float

    def proba(self, batch: Batch) -> Array:
        """Return (N, K) calibrated probabilities of an unstandardised batch."""
        return softmax(self.base.inputs(batch, self.standards) @ self.head.T, self.temperature)


@dataclass(frozen=True, slots=True)
class Teaching:
    """All that a training goes by: of `unsaid` nobody said anything, its labels are -1."""

    base: Base
    table: Table
    unsaid: Table
    recipe: Recipe
    say: Say
    work: Work | None

    def of_all(self) -> Learned:
        """Return what all of it teaches."""
        return self.learned("all", np.arange(len(self.table.labels)), self.unsaid)

    def learned(self, name: str, index: NDArray[np.int64], beside: Table) -> Learned:
        """Return what these rows of the table teach, pre-trained on them and those beside them."""
        told = rows(self.table, index)
        seen = joined([told, beside])
        # One person alone has nobody beside them who could say when to stop.
        if not len(self.unsaid.labels) or len(np.unique(seen.people)) < 2:
            return learn(told, self.base, self.recipe)
        self.say(f"pre-training on {len(seen.labels)} Windows, for {name}")
        at = self.work.stage(f"pretrain-{name}") if self.work else None
        how, seed = self.recipe.pretrain, self.recipe.seed
        ready = pretrained(self.base, seen.batch, seen.people, how, seed=seed, kept_at=at)
        return learn(told, self.base, self.recipe, ready)


def train(
    packed: bytes, recipe: Recipe, *, say: Say, work: Work | None = None
) -> tuple[dict[str, Any], Weights]:
    """Return card and weights of what a snapshot's people taught.

    Raises
    ------
    WrongFile, WrongRecipe
        Where the bytes are no snapshot, or fewer people than `recipe.least` reported.
    """
    path = base_folder(recipe.base)
    base, snapshot = opened(path), loads(packed)
    teaching, told = taken(snapshot, base, recipe, say=say, work=work)
    cuts = cross_validation.cuts(teaching.table, recipe.outer, recipe.seed)
    parts = Parts(work, say, 1 + sum(len(found) for found in cuts.values()))
    before = _said_by_base(teaching.table, base)
    judged = {name: _left_out(name, cut, teaching, before, parts) for name, cut in cuts.items()}
    kept = parts.get("all", lambda: _packed(teaching.of_all(), base))
    learned = _unpacked(kept, base)
    card = finetune_card.card(path.name, base.card, judged, told, learned, recipe)
    head = base.weights if learned.pull == 0 else learned.base.with_head(learned.head)
    return card, {**head, **pack_standards(learned.standards)}


def learn(table: Table, base: Base, recipe: Recipe, ready: Base | None = None) -> Learned:
    """Fit on all of these people; how far to go and how sure it is are theirs by turns.

    Where no pull beats the base clearly on people left out, the base stays as it is. `ready` is the
    base with another body, which is then what is taught.
    """
    ready, standards = ready or base, head_finetune.widened(base.standards, table.batch)
    inputs = ready.inputs(table.batch, standards)
    turns = cross_validation.by_people(table.people, recipe.inner, recipe.seed)
    said = {pull: _said(inputs, table, base, pull, turns) for pull in recipe.pulls}
    pull = min(said, key=lambda each: log_loss(softmax(said[each]), table.labels))
    heat = fit_temperature(said[pull], table.labels)
    plain = inputs if ready is base else base.inputs(table.batch, standards)
    before = softmax(plain @ base.head.T, base.card["temperature"])
    after = softmax(said[pull], heat)
    if not _clearly_better(before, after, table):
        known = base.card["temperature"], base.card["threshold"]
        return Learned(base, standards, base.head, *known, pull=0.0)
    head = head_finetune.moved(inputs, table.labels, base.head, pull)
    return Learned(ready, standards, head, heat, abstain_below(after, recipe.coverage), pull)


def taken(
    snapshot: Snapshot, base: Base, recipe: Recipe, *, say: Say, work: Work | None = None
) -> tuple[Teaching, Told]:
    """Return what is labelled by what the base can say and what is pre-trained on, and count all.

    Raises
    ------
    WrongRecipe
        Where fewer people than `recipe.least` reported.
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
    unsaid = chosen(others, recipe.pretrain, seed=recipe.seed)
    told = Told(
        facts=snapshot.facts,
        unlabelled=len(snapshot.examples) - len(said),
        other_labels=len(said) - len(kept),
        pretrained_on=len(unsaid),
        simulated=frozenset(int(e.person[1:]) for e in [*kept, *unsaid] if e.simulated),
    )
    say(f"taking features of {len(kept)} Windows with a report")
    materials = sorted({example.material for example in [*kept, *unsaid]})
    table, beside = (table_of(found, labels, materials) for found in (kept, unsaid))
    return Teaching(base, table, beside, recipe, say, work), told


def _left_out(
    name: str, cut: Cut, teaching: Teaching, before: Arrays, parts: Parts
) -> Judged | None:
    """Return what is said of the rows that each fold leaves out; None without folds."""
    if not cut:
        return None
    index, said = cross_validation.said(
        name, cut, parts, lambda n, side: _part(name, n, side, teaching)
    )
    said |= {key: found[index] for key, found in before.items()}
    return Judged(rows(teaching.table, index), said)


def _part(name: str, number: int, side: Side, teaching: Teaching) -> Arrays:
    """Return (N, K) of the left-out rows, with and without each Stream, by those who are left; and
    what these say without pre-training."""
    train, test = side[0], rows(teaching.table, side[1])
    beside = _beside(name, teaching.unsaid, test)
    learned = teaching.learned(f"{name}-{number}", train, beside)
    found = _said_of(test.batch, "ours", learned)
    if len(teaching.unsaid.labels):
        bare = learn(rows(teaching.table, train), teaching.base, teaching.recipe)
        found["bare"] = bare.proba(test.batch)
    return {"answered": found["ours"].max(axis=1) >= learned.threshold, **found}


def _beside(name: str, unsaid: Table, test: Table) -> Table:
    """Return the Windows without a label of nobody who is left out, or of no video that is."""
    if name == "leaky":
        return unsaid
    told, left_out = getattr(unsaid, name), getattr(test, name)
    found = rows(unsaid, np.flatnonzero(~np.isin(told, left_out)))
    if name == "people":
        refuse_shared_people(found.people, test.people)
    return found


def _said_by_base(table: Table, base: Base) -> Arrays:
    """Return (N, K) of all rows by the base, which is the same whoever is left out."""
    before = Learned(base, base.standards, base.head, base.card["temperature"], 0.0, 0.0)
    return _said_of(table.batch, "base", before)


def _said_of(batch: Batch, word: str, who: Learned) -> dict[str, Array]:
    without_each = {
        f"{word}.{stream}": who.proba(without(batch, stream)) for stream in who.standards
    }
    return {word: who.proba(batch), **without_each}


def _said(inputs: Array, table: Table, base: Base, pull: float, turns: Cut) -> Array:
    """Return (N, K) logits of each row from a head that never met its person."""
    found = np.zeros((len(inputs), len(base.head)))
    for train, test in turns:
        head = head_finetune.moved(inputs[train], table.labels[train], base.head, pull)
        found[test] = inputs[test] @ head.T
    return found


def _clearly_better(before: Array, after: Array, table: Table) -> bool:
    """Whether the log loss falls by more than chance among people."""
    at = np.arange(len(table.labels)), table.labels
    fell = np.log(np.maximum(after[at], 1e-12)) - np.log(np.maximum(before[at], 1e-12))
    _, who = np.unique(table.people, return_inverse=True)
    each = np.bincount(who, weights=fell) / np.bincount(who)
    return bool(each.mean() > CLEARLY * each.std(ddof=1) / np.sqrt(len(each)))


def _packed(learned: Learned, base: Base) -> Mapping[str, NDArray[Any]]:
    scalars = [learned.temperature, learned.threshold, learned.pull]
    own = {} if learned.base is base else learned.base.weights
    return {
        "head": learned.head,
        "scalars": np.array(scalars),
        **pack_standards(learned.standards),
        **{n: x for n, x in own.items() if n.startswith(head_finetune.NETWORK)},
    }


def _unpacked(kept: Arrays, base: Base) -> Learned:
    heat, threshold, pull = kept["scalars"].tolist()
    own = {n: x for n, x in kept.items() if n.startswith(head_finetune.NETWORK)}
    of = base.with_network(own) if own else base
    return Learned(of, unpack_standards(kept), kept["head"], heat, threshold, pull)
