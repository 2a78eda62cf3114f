"""Fine-tuning of MVP on an institution's own Windows, evaluated on held-out people.

The snapshot comes as bytes over standard input. The whole network is trained, starting from a base
that never saw anybody's data: a training without a person contains nothing of them.
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
from emotion.models.crossmodal.finetune_card import HeldOutPredictions
from emotion.models.crossmodal.head_finetune import base_folder
from emotion.models.mvp import clip_inputs, finetune_card
from emotion.models.mvp import train as mvp_train
from emotion.models.mvp.clip_inputs import Array, ClipInputs, Index, Standards
from emotion.models.mvp.network import Mvp, loss
from emotion.models.mvp.predictor import MvpPredictor
from emotion.models.mvp.train import MvpRecipe
from emotion.training import cross_validation
from emotion.training.checkpoint import Checkpoint, Work
from emotion.training.cross_validation import Cut, Side
from emotion.training.example_table import Say
from emotion.training.recipe import WrongRecipe
from emotion.training.resumable_jobs import Arrays, Parts
from emotion.training.sequence_fit import collect_weights, fit, logits

# One of so many parts is not trained on: it decides the epoch, the temperature, and whether to use
# it.
PARTS = 3
# Key next to the weights, in what is stored of a finished part.
SCALARS = "scalars"


@dataclass(frozen=True, slots=True)
class FinetunedMvp:
    """A network with everything needed to use it; `taught` False = the base's, as nothing was
    better.
    """

    network: Mvp
    standards: Standards
    temperature: float
    threshold: float
    taught: bool

    def chance(self, found: ClipInputs) -> Array:
        """Return (N, 2): the probability that each level is high."""
        series = clip_inputs.hide_unfamiliar(found, self.standards)
        return mvp_train.to_chances(logits(self.network, series), self.temperature)


@dataclass(frozen=True, slots=True)
class MvpFinetuneData:
    """Inputs of a training."""

    base: FinetunedMvp
    heard: ClipInputs
    recipe: MvpRecipe
    say: Say
    work: Work | None

    def train_on(self, name: str, index: Index) -> FinetunedMvp:
        """Train on these clips."""
        self.say(f"learning from {len(index)} clips, for {name}")
        at = self.work.stage(f"own-{name}") if self.work else None
        return learn(clip_inputs.select_rows(self.heard, index), self.base, self.recipe, kept_at=at)


def train(
    packed: bytes, recipe: MvpRecipe, *, say: Say, work: Work | None = None
) -> tuple[dict[str, Any], Weights]:
    """Return card and weights after training on a snapshot.

    Raises
    ------
    WrongFile, WrongRecipe
        If the bytes are no snapshot, or too few people rated a level of the base.
    """
    path, snapshot = base_folder(recipe.own.base), loads(packed)
    base = open_base(*artefacts.read(path))
    found = clip_inputs.select_clips(snapshot, recipe.own.least, recipe.own.most, recipe.seed)
    say(f"taking features of {len(found)} clips")
    heard = clip_inputs.prepare_clips(found, base)
    told = finetune_card.read_facts(snapshot, found)
    teaching = MvpFinetuneData(_keep_base(base), heard, recipe, say, work)
    people = heard.series.people
    codes = {"people": people, "leaky": np.arange(len(people))}
    cuts = cross_validation.split_codes(codes, recipe.own.outer, recipe.seed)
    parts = Parts(work, say, 1 + sum(len(cut) for cut in cuts.values()))
    judged = {name: _predict_left_out(name, cut, teaching, parts) for name, cut in cuts.items()}
    everybody = np.arange(len(found))
    kept = parts.get("all", lambda: _pack(teaching.train_on("all", everybody)))
    heat, threshold, taught = kept[SCALARS].tolist()
    used = finetune_card.CardUse(heat, threshold, taught=bool(taught))
    card = finetune_card.make_card(
        path.name, base.card, {**judged, "videos": None}, told, used, recipe
    )
    return card, {n: x for n, x in kept.items() if n != SCALARS}


def open_base(card: Card, weights: Weights) -> MvpPredictor:
    """Return the base; WrongRecipe if it cannot be fine-tuned."""
    if card["name"] != "mvp":
        raise WrongRecipe(
            f"base: expected an mvp, which never met anybody, got {card['name']!r}: what people "
            "taught it could not be withdrawn"
        )
    return MvpPredictor(card, weights)


def learn(
    found: ClipInputs, base: FinetunedMvp, recipe: MvpRecipe, *, kept_at: Checkpoint | None = None
) -> FinetunedMvp:
    """Fit on two thirds of these people; the others decide epoch, temperature and acceptance.

    Without an improvement on them, the base is kept.
    """
    people = found.series.people
    first = cross_validation.split_people(people, PARTS, recipe.seed)[0]
    teach, stop = (clip_inputs.select_rows(found, index) for index in first)
    standards = head_finetune.widen_standards(base.standards, found.held)
    shown = clip_inputs.hide_unfamiliar(stop, standards)
    network = copy.deepcopy(base.network).requires_grad_(requires_grad=True)
    given = (clip_inputs.hide_unfamiliar(teach, standards), shown, recipe.own.schedule)
    fit(network, loss, *given, seed=recipe.seed, say=_discard, kept_at=kept_at)
    clip, level, labels = clip_inputs.list_ratings(shown.targets)
    said = logits(network, shown)
    heat = fit_temperature(mvp_train.two_class_logits(said[clip, level]), labels % 2)
    chance = mvp_train.to_chances(said, heat)
    after, before = (
        clip_inputs.expand_chances(x, shown.targets) for x in (chance, base.chance(stop))
    )
    rng = np.random.default_rng(recipe.seed)
    if log_loss_gain(after, before, labels, shown.people[clip], rng=rng).lo <= 0:
        return base
    threshold = float(np.quantile(mvp_train.find_sureness(chance), 1 - recipe.coverage))
    still = network.requires_grad_(requires_grad=False)
    return FinetunedMvp(still, standards, heat, threshold, taught=True)


def _keep_base(base: MvpPredictor) -> FinetunedMvp:
    heat, threshold = base.card["temperature"], base.card["threshold"]
    return FinetunedMvp(base._network, base.standards, heat, threshold, taught=False)


def _predict_left_out(
    name: str, cut: Cut, teaching: MvpFinetuneData, parts: Parts
) -> HeldOutPredictions:
    """Return predictions for the clips each fold leaves out, by the base and by the trained
    model.
    """
    index, found = cross_validation.predict_left_out(
        name, cut, parts, lambda n, side: _predict_fold(f"{name}-{n}", side, teaching)
    )
    targets = teaching.heard.series.targets[index]
    clip, _, _ = clip_inputs.list_ratings(targets)
    said = {n: clip_inputs.expand_chances(x, targets) for n, x in found.items() if n != "answered"}
    said["answered"] = found["answered"][clip]
    return HeldOutPredictions(clip_inputs.make_table(teaching.heard, index), said)


def _predict_fold(name: str, side: Side, teaching: MvpFinetuneData) -> Arrays:
    """Return (N, 2) of the left-out clips, with and without each Stream."""
    learned, test = (
        teaching.train_on(name, side[0]),
        clip_inputs.select_rows(teaching.heard, side[1]),
    )
    found: dict[str, NDArray[Any]] = {}
    for word, who in (("ours", learned), ("base", teaching.base)):
        found[word] = who.chance(test)
        # A split by random rows gives one figure only, as a warning.
        for stream in () if name.startswith("leaky") else teaching.base.standards:
            found[f"{word}.{stream}"] = who.chance(clip_inputs.hide_stream(test, stream))
    return {"answered": mvp_train.find_sureness(found["ours"]) >= learned.threshold, **found}


def _pack(learned: FinetunedMvp) -> Mapping[str, NDArray[Any]]:
    scalars = [learned.temperature, learned.threshold, float(learned.taught)]
    return {**collect_weights(learned.network, learned.standards), SCALARS: np.array(scalars)}


def _discard(line: str) -> None:
    """Discard messages: its epochs are not progress of the outer training."""
