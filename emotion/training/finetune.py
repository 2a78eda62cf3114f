"""The base taught further by people's own reports, and what of it holds on people left out.

The snapshot comes as bytes over standard input. What a person taught is gone with a training
without them: the base never met anybody, and nothing else is carried over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion import artefacts
from emotion.artefacts import Weights
from emotion.calibrate import abstain_below, log_loss, softmax, temperature
from emotion.datasets.snapshot import Example, Snapshot, loads
from emotion.evaluate.splits import folds
from emotion.features.batch import Batch, stack
from emotion.features.window import window_features
from emotion.predictors.crossmodal import CrossModalPredictor
from emotion.predictors.standards import pack_standards, unpack_standards
from emotion.training import finetune_card, heads
from emotion.training.checkpoint import Work
from emotion.training.finetune_card import Judged, Told
from emotion.training.heads import Array, Base, Standards
from emotion.training.parts import Arrays, Parts
from emotion.training.recipe import WrongRecipe
from emotion.training.tables import STREAMS, Say, Table

SHIPPED = Path(__file__).resolve().parents[2] / "artefacts"
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


@dataclass(frozen=True, slots=True)
class Learned:
    """A head with what it needs to be used; `pull` 0 = the base, because nothing was better."""

    standards: Standards
    head: Array
    temperature: float
    threshold: float
    pull: float

    def proba(self, base: Base, batch: Batch) -> Array:
        """Return (N, K) calibrated probabilities of an unstandardised batch."""
        return softmax(base.inputs(batch, self.standards) @ self.head.T, self.temperature)


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
    table, told = _taken(snapshot, base, recipe)
    say(f"taking features of {len(table.labels)} Windows with a report")
    cuts = _cuts(table, recipe)
    parts = Parts(work, say, 1 + sum(len(found) for found in cuts.values()))
    before = _said_by_base(table, base)
    judged = {
        name: _left_out(
            name, cut, table, before, parts, lambda side: _part(side, table, base, recipe)
        )
        for name, cut in cuts.items()
    }
    kept = parts.get("all", lambda: _packed(learn(table, base, recipe)))
    learned = _unpacked(kept)
    card = finetune_card.card(path.name, base.card, judged, told, learned, recipe)
    head = base.weights if learned.pull == 0 else base.with_head(learned.head)
    return card, {**head, **pack_standards(learned.standards)}


def base_folder(told: str) -> Path:
    """Return the folder of a shipped artefact by name, or of any by path.

    Raises
    ------
    WrongRecipe
        Where there is none, or more than one.
    """
    found = [Path(told)] if Path(told).is_dir() else sorted(SHIPPED.glob(f"{told}-????????????"))
    if len(found) != 1:
        raise WrongRecipe(f"base: expected one artefact {told!r}, got {len(found)}")
    return found[0].resolve()


def opened(path: Path) -> Base:
    """Return the artefact's parts; WrongRecipe where it is none to be taught further."""
    card, weights = artefacts.read(path)
    if card["name"] != "prior":
        raise WrongRecipe(
            f"base: expected a prior, which never met anybody, got {card['name']!r}: what people "
            "taught it could not be taken back"
        )
    return heads.base(CrossModalPredictor(card, weights), weights)


def learn(table: Table, base: Base, recipe: Recipe) -> Learned:
    """Fit on all of these people; how far to go and how sure it is are theirs by turns.

    Where no pull beats the base clearly on people left out, the base stays as it is.
    """
    standards = heads.widened(base.standards, table.batch)
    inputs = base.inputs(table.batch, standards)
    turns = _by_turns(table, recipe)
    said = {pull: _said(inputs, table, base, pull, turns) for pull in recipe.pulls}
    pull = min(said, key=lambda each: log_loss(softmax(said[each]), table.labels))
    heat = temperature(said[pull], table.labels)
    before = softmax(inputs @ base.head.T, base.card["temperature"])
    after = softmax(said[pull], heat)
    if not _clearly_better(before, after, table):
        known = base.card["temperature"], base.card["threshold"]
        return Learned(standards, base.head, *known, pull=0.0)
    head = heads.moved(inputs, table.labels, base.head, pull)
    return Learned(standards, head, heat, abstain_below(after, recipe.coverage), pull)


def table_of(examples: Sequence[Example], labels: Sequence[str]) -> Table:
    """Return the features of labelled examples, with people and material as numbers."""
    found = [window_features(example.window) for example in examples]
    materials = sorted({example.material for example in examples})
    return Table(
        batch=stack(found, STREAMS),
        labels=np.array([labels.index(str(example.label)) for example in examples], np.int64),
        people=np.array([int(example.person[1:]) for example in examples], np.int64),
        videos=np.array([materials.index(example.material) for example in examples], np.int64),
    )


def rows(table: Table, index: NDArray[np.int64]) -> Table:
    """Return those rows of a table."""
    codes = (table.labels[index], table.people[index], table.videos[index])
    return Table(table.batch.rows(index), *codes)


def _taken(snapshot: Snapshot, base: Base, recipe: Recipe) -> tuple[Table, Told]:
    """Return what is labelled by what the base can say, and count the rest."""
    labels = tuple(base.card["labels"])
    said = [example for example in snapshot.examples if example.label is not None]
    kept = [example for example in said if example.label in labels]
    people = len({example.person for example in kept})
    if people < recipe.least:
        raise WrongRecipe(
            f"expected at least {recipe.least} people with a report of {', '.join(labels)}, got "
            f"{people}: {recipe.least - people} more are needed"
        )
    simulated = {int(e.person[1:]) for e in kept if e.simulated}
    told = Told(
        facts=snapshot.facts,
        unlabelled=len(snapshot.examples) - len(said),
        other_labels=len(said) - len(kept),
        simulated=frozenset(simulated),
    )
    return table_of(kept, labels), told


Side = tuple[NDArray[np.int64], NDArray[np.int64]]
Cut = list[Side]


def _cuts(table: Table, recipe: Recipe) -> dict[str, Cut]:
    """Return each way of leaving out: by people; by video; and by lot, which leaks."""
    rng = np.random.default_rng(recipe.seed)
    by = {"people": table.people, "videos": table.videos, "leaky": np.arange(len(table.labels))}
    found = {}
    for name, codes in by.items():
        count = min(recipe.outer, len(np.unique(codes)))
        found[name] = list(folds(codes, count, rng=rng)) if count > 1 else []
    return found


def _left_out(
    name: str,
    cut: Cut,
    table: Table,
    before: Arrays,
    parts: Parts,
    part: Callable[[Side], Arrays],
) -> Judged | None:
    """Return what is said of the rows that each fold leaves out; None without folds."""
    if not cut:
        return None
    made = [parts.get(f"{name}-{n}", partial(part, side)) for n, side in enumerate(cut)]
    index = np.concatenate([test for _, test in cut])
    joined = {key: np.concatenate([part[key] for part in made]) for key in made[0]}
    joined |= {key: found[index] for key, found in before.items()}
    return Judged(rows(table, index), joined)


def _part(side: Side, table: Table, base: Base, recipe: Recipe) -> Arrays:
    """Return (N, K) of the left-out rows, with and without each Stream, by those who are left."""
    train, test = (rows(table, index) for index in side)
    learned = learn(train, base, recipe)
    found = _said_of(test.batch, "ours", learned, base)
    return {"answered": found["ours"].max(axis=1) >= learned.threshold, **found}


def _said_by_base(table: Table, base: Base) -> Arrays:
    """Return (N, K) of all rows by the base, which is the same whoever is left out."""
    before = Learned(base.standards, base.head, base.card["temperature"], 0.0, 0.0)
    return _said_of(table.batch, "base", before, base)


def _said_of(batch: Batch, word: str, who: Learned, base: Base) -> Arrays:
    without_each = {
        f"{word}.{stream}": who.proba(base, without(batch, stream)) for stream in base.standards
    }
    return {word: who.proba(base, batch), **without_each}


def without(batch: Batch, stream: str) -> Batch:
    """Return the batch as if `stream` had not come."""
    masks = {**batch.masks, stream: np.zeros_like(batch.masks[stream])}
    return Batch(batch.values, masks, batch.quality)


def _by_turns(table: Table, recipe: Recipe) -> Cut:
    count = min(recipe.inner, len(np.unique(table.people)))
    return list(folds(table.people, count, rng=np.random.default_rng(recipe.seed)))


def _said(inputs: Array, table: Table, base: Base, pull: float, turns: Cut) -> Array:
    """Return (N, K) logits of each row from a head that never met its person."""
    found = np.zeros((len(inputs), len(base.head)))
    for train, test in turns:
        head = heads.moved(inputs[train], table.labels[train], base.head, pull)
        found[test] = inputs[test] @ head.T
    return found


def _clearly_better(before: Array, after: Array, table: Table) -> bool:
    """Whether the log loss falls by more than chance among people."""
    at = np.arange(len(table.labels)), table.labels
    fell = np.log(np.maximum(after[at], 1e-12)) - np.log(np.maximum(before[at], 1e-12))
    _, who = np.unique(table.people, return_inverse=True)
    each = np.bincount(who, weights=fell) / np.bincount(who)
    return bool(each.mean() > CLEARLY * each.std(ddof=1) / np.sqrt(len(each)))


def _packed(learned: Learned) -> Mapping[str, NDArray[Any]]:
    scalars = [learned.temperature, learned.threshold, learned.pull]
    return {
        "head": learned.head,
        "scalars": np.array(scalars),
        **pack_standards(learned.standards),
    }


def _unpacked(kept: Arrays) -> Learned:
    heat, threshold, pull = kept["scalars"].tolist()
    return Learned(unpack_standards(kept), kept["head"], heat, threshold, pull)
