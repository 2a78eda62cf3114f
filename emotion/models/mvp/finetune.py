"""MVP taught further by an institution's own Windows, and what of it holds on people left out.

The snapshot comes as bytes over standard input. The whole network learns, beginning with a base
that never met anybody: what a person taught is gone with a training without them.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion import artefacts
from emotion.artefacts import Card, Weights
from emotion.calibration.temperature import fit_temperature
from emotion.datasets.snapshot import loads
from emotion.evaluation.metrics.probability import log_loss_gain
from emotion.models.crossmodal import head_finetune
from emotion.models.crossmodal.finetune_card import Judged
from emotion.models.crossmodal.head_finetune import base_folder
from emotion.models.mvp import clip_inputs, finetune_card
from emotion.models.mvp import train as mvp_train
from emotion.models.mvp.clip_inputs import Array, Heard, Index, Standards
from emotion.models.mvp.network import Mvp, loss
from emotion.models.mvp.predictor import MvpPredictor
from emotion.models.mvp.train import Recipe
from emotion.training import cross_validation
from emotion.training.checkpoint import Checkpoint, Work
from emotion.training.cross_validation import Cut, Side
from emotion.training.example_table import Say
from emotion.training.recipe import WrongRecipe
from emotion.training.resumable_jobs import Arrays, Parts
from emotion.training.sequence_fit import fit, logits, weights

# One part of so many people trains nothing: it says which epoch, how sure, and whether at all.
PARTS = 3
# Beside the weights, in what is kept of a part that is done.
SCALARS = "scalars"


@dataclass(frozen=True, slots=True)
class Learned:
    """A network with what it needs to be used; not `taught` = the base's, since nothing was
    better."""

    network: Mvp
    standards: Standards
    temperature: float
    threshold: float
    taught: bool

    def chance(self, found: Heard) -> Array:
        """Return (N, 2): how likely each level is high."""
        series = clip_inputs.known(found, self.standards)
        return mvp_train.chances(logits(self.network, series), self.temperature)


@dataclass(frozen=True, slots=True)
class Teaching:
    """All that a training goes by."""

    base: Learned
    heard: Heard
    recipe: Recipe
    say: Say
    work: Work | None

    def learned(self, name: str, index: Index) -> Learned:
        """Return what these clips teach."""
        self.say(f"learning from {len(index)} clips, for {name}")
        at = self.work.stage(f"own-{name}") if self.work else None
        return learn(clip_inputs.rows(self.heard, index), self.base, self.recipe, kept_at=at)


def train(
    packed: bytes, recipe: Recipe, *, say: Say, work: Work | None = None
) -> tuple[dict[str, Any], Weights]:
    """Return card and weights of what a snapshot's people taught.

    Raises
    ------
    WrongFile, WrongRecipe
        Where the bytes are no snapshot, or too few people told of what the base can say.
    """
    path, snapshot = base_folder(recipe.own.base), loads(packed)
    base = opened(*artefacts.read(path))
    found = clip_inputs.taken(snapshot, recipe.own.least, recipe.own.most, recipe.seed)
    say(f"taking features of {len(found)} clips")
    heard = clip_inputs.heard(found, base)
    told = finetune_card.told(snapshot, found)
    teaching = Teaching(_as_it_is(base), heard, recipe, say, work)
    people = heard.series.people
    codes = {"people": people, "leaky": np.arange(len(people))}
    cuts = cross_validation.of_codes(codes, recipe.own.outer, recipe.seed)
    parts = Parts(work, say, 1 + sum(len(cut) for cut in cuts.values()))
    judged = {name: _left_out(name, cut, teaching, parts) for name, cut in cuts.items()}
    everybody = np.arange(len(found))
    kept = parts.get("all", lambda: _packed(teaching.learned("all", everybody)))
    heat, threshold, taught = kept[SCALARS].tolist()
    used = finetune_card.Used(heat, threshold, taught=bool(taught))
    card = finetune_card.card(path.name, base.card, {**judged, "videos": None}, told, used, recipe)
    return card, {n: x for n, x in kept.items() if n != SCALARS}


def opened(card: Card, weights: Weights) -> MvpPredictor:
    """Return the base; WrongRecipe where it is none to be taught further."""
    if card["name"] != "mvp":
        raise WrongRecipe(
            f"base: expected an mvp, which never met anybody, got {card['name']!r}: what people "
            "taught it could not be taken back"
        )
    return MvpPredictor(card, weights)


def learn(
    found: Heard, base: Learned, recipe: Recipe, *, kept_at: Checkpoint | None = None
) -> Learned:
    """Fit on two thirds of these people; the others say which epoch, how sure it is, and whether it
    is better than the base at all."""
    people = found.series.people
    first = cross_validation.by_people(people, PARTS, recipe.seed)[0]
    teach, stop = (clip_inputs.rows(found, index) for index in first)
    standards = head_finetune.widened(base.standards, found.held)
    shown = clip_inputs.known(stop, standards)
    network = copy.deepcopy(base.network).requires_grad_(requires_grad=True)
    given = (clip_inputs.known(teach, standards), shown, recipe.own.schedule)
    fit(network, loss, *given, seed=recipe.seed, say=_told_to_nobody, kept_at=kept_at)
    clip, level, labels = clip_inputs.asked(shown.targets)
    said = logits(network, shown)
    heat = fit_temperature(mvp_train.two(said[clip, level]), labels % 2)
    chance = mvp_train.chances(said, heat)
    after, before = (clip_inputs.of_classes(x, shown.targets) for x in (chance, base.chance(stop)))
    rng = np.random.default_rng(recipe.seed)
    if log_loss_gain(after, before, labels, shown.people[clip], rng=rng).lo <= 0:
        return base
    threshold = float(np.quantile(mvp_train.sureness(chance), 1 - recipe.coverage))
    still = network.requires_grad_(requires_grad=False)
    return Learned(still, standards, heat, threshold, taught=True)


def _as_it_is(base: MvpPredictor) -> Learned:
    heat, threshold = base.card["temperature"], base.card["threshold"]
    return Learned(base._network, base.standards, heat, threshold, taught=False)


def _left_out(name: str, cut: Cut, teaching: Teaching, parts: Parts) -> Judged:
    """Return what is said of the clips that each fold leaves out, by base and by who is left."""
    index, found = cross_validation.said(
        name, cut, parts, lambda n, side: _part(f"{name}-{n}", side, teaching)
    )
    targets = teaching.heard.series.targets[index]
    clip, _, _ = clip_inputs.asked(targets)
    said = {n: clip_inputs.of_classes(x, targets) for n, x in found.items() if n != "answered"}
    said["answered"] = found["answered"][clip]
    return Judged(clip_inputs.table(teaching.heard, index), said)


def _part(name: str, side: Side, teaching: Teaching) -> Arrays:
    """Return (N, 2) of the left-out clips, with and without each Stream."""
    learned, test = teaching.learned(name, side[0]), clip_inputs.rows(teaching.heard, side[1])
    found: dict[str, NDArray[Any]] = {}
    for word, who in (("ours", learned), ("base", teaching.base)):
        found[word] = who.chance(test)
        # What lots say is told as one figure, which nobody is to rely on.
        for stream in () if name.startswith("leaky") else teaching.base.standards:
            found[f"{word}.{stream}"] = who.chance(clip_inputs.without(test, stream))
    return {"answered": mvp_train.sureness(found["ours"]) >= learned.threshold, **found}


def _packed(learned: Learned) -> Mapping[str, NDArray[Any]]:
    scalars = [learned.temperature, learned.threshold, float(learned.taught)]
    return {**weights(learned.network, learned.standards), SCALARS: np.array(scalars)}


def _told_to_nobody(line: str) -> None:
    """Its epochs are no parts of what it is a stage of."""
