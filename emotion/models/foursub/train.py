"""Training of paper 3's live form on simulated learners, evaluated on other ones.

It was never trained on people: its figures are properties of the generator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from emotion.artefacts import Weights
from emotion.calibration.temperature import (
    abstain_below,
    calibration_error,
    fit_temperature,
    softmax,
)
from emotion.evaluation.metrics.classification import (
    accuracy,
    confusions,
    largest_share,
    macro_f1,
    score,
)
from emotion.evaluation.splits import refuse_shared_people
from emotion.features.batch import Standard
from emotion.features.resampling import Steps
from emotion.labels import AFFECTS, PAPER_1
from emotion.models.foursub.network import Config, loss
from emotion.models.foursub.predictor import (
    BEHAVIOUR,
    extract_features,
    measure_baseline,
    stack_inputs,
    standardise,
)
from emotion.simulate import effects as coefficients
from emotion.simulate import signals
from emotion.simulate.cohort import SimulatedVideoRecording
from emotion.training import simulated_data
from emotion.training.checkpoint import Work
from emotion.training.example_table import Say
from emotion.training.number_format import format_score
from emotion.training.sequence_fit import (
    SequenceSeries,
    collect_weights,
    fit,
    logits,
    measure_standards,
)
from emotion.training.simulated_data import add_signals, draw_examples, refuse_unseen
from emotion.training.state_curves import measure_areas, measure_curves
from emotion.windows import OPENING_S

LABELS = PAPER_1
STREAMS = ("face", "heart", "eda", *BEHAVIOUR, "layout")
WINDOW_S, HOP_S = 60.0, 5.0
# Distance between one person's Windows; the label is that of the last 10 s.
EVERY_S, LABEL_S = 30.0, 10
# lambda of the loss's squares.
DECAY = 1e-5
RECIPE = 1

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FourSubRecipe(simulated_data.SimulationRecipe):
    """The values are in `foursub.toml` only."""

    config: Config


@dataclass(frozen=True, slots=True)
class Minute:
    """Features of a labelled minute, and its person's baseline; not yet standardised."""

    features: Mapping[str, Steps]
    usual: Mapping[str, NDArray[np.float32]]
    label: int
    person: int


def train(
    recipe: FourSubRecipe, *, say: Say, work: Work | None = None
) -> tuple[dict[str, Any], Weights]:
    """Train on some simulated people, tune on others, test on others again; return card and
    weights.
    """
    say("simulating people who learn, who tune and who test")
    sides = draw_examples(recipe, iterate_minutes)
    refuse_unseen(recipe, [minute.features for minute in sides["train"]], STREAMS)
    known = measure_standards([_thin(minute.features) for minute in sides["train"]])
    series = {side: _series(minutes, known) for side, minutes in sides.items()}
    refuse_shared_people(*(each.people for each in series.values()))
    torch.manual_seed(recipe.seed)
    network = recipe.config.build()

    def regularised(found: Tensor, labels: Tensor) -> Tensor:
        return loss(found, labels, network.parameters() if found.requires_grad else (), DECAY)

    given = (series["train"], series["valid"], recipe.schedule)
    at = work.stage("foursub") if work else None
    fit(network, regularised, *given, seed=recipe.seed, say=say, kept_at=at)
    held = logits(network, series["valid"])
    heat = fit_temperature(held, series["valid"].targets)
    threshold = abstain_below(softmax(held, heat), recipe.coverage)
    proba = softmax(logits(network, series["test"]), heat)
    figures = measure(proba, series["test"], threshold, recipe.seed)
    return make_card(recipe, heat, threshold, figures), collect_weights(network, known)


def iterate_minutes(
    recording: SimulatedVideoRecording, rng: np.random.Generator
) -> Iterator[Minute]:
    """Yield a recording's minutes whose last 10 s mostly have one of the labels."""
    seconds = len(recording.states)
    extra = {
        "eda": (signals.simulate_skin(recording.states, rng), 1 / signals.EDA_HZ),
        "layout": (signals.simulate_layout(seconds, rng), 2.0),
    }
    # As many have no wearable for the skin as have none for the heart.
    if rng.random() < coefficients.load().missing["heart_absent"]:
        del extra["eda"]
    first = measure_baseline(add_signals(recording, extra, 0.0, OPENING_S))
    for t1 in np.arange(WINDOW_S, seconds + 1, EVERY_S):
        states = recording.states[int(t1) - LABEL_S : int(t1)]
        affect = AFFECTS[int(np.bincount(states, minlength=len(AFFECTS)).argmax())]
        if affect in LABELS:
            t0 = float(t1) - WINDOW_S
            seen = extract_features(add_signals(recording, extra, t0, float(t1)))
            known = first if t0 >= OPENING_S else {}
            yield Minute(seen, known, LABELS.index(affect), recording.person)


def measure(proba: Array, test: SequenceSeries, threshold: float, seed: int) -> dict[str, Any]:
    """Return the figures on the test people."""
    guess = proba.argmax(axis=1)
    counts = confusions(test.targets, guess, test.people, len(LABELS))
    share = float(largest_share(counts.sum(axis=0)))
    sure, rng = proba.max(axis=1) >= threshold, np.random.default_rng(seed)
    return {
        "people": len(np.unique(test.people)),
        "windows": len(test.targets),
        "macro_f1": format_score(score(macro_f1, counts, rng=rng)),
        "accuracy": format_score(score(accuracy, counts, rng=rng)),
        "largest_class_share": round(share, 4),
        "commonest_macro_f1": round(2 * share / (1 + share) / len(LABELS), 4),
        "ece": round(calibration_error(proba, test.targets), 4),
        "answered_share": round(float(sure.mean()), 4),
        "answered_accuracy": round(float((guess[sure] == test.targets[sure]).mean()), 4),
        **measure_curves(proba, test.targets, test.people, LABELS, seed),
        **measure_areas({"": proba}, test.targets, test.people, LABELS, seed),
    }


def make_card(
    recipe: FourSubRecipe, heat: float, threshold: float, figures: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the card of design section 7."""
    return simulated_data.make_card(
        STREAMS,
        network=recipe.config,
        name="foursub",
        title="four sub-networks (paper 3), learned from simulated learners",
        kind="foursub",
        never_seen=[],
        labels=[str(label) for label in LABELS],
        window_s=WINDOW_S,
        hop_s=HOP_S,
        temperature=heat,
        threshold=threshold,
        protocol=PROTOCOL,
        figures=dict(figures),
        seed=recipe.seed,
        code=f"recipe {RECIPE}",
        limits=[
            *LIMITS,
            *simulated_data.describe_weakness(
                "accuracy", figures["accuracy"], figures["largest_class_share"]
            ),
        ],
    )


def _series(found: list[Minute], known: Mapping[str, Standard]) -> SequenceSeries:
    rows = [
        {n: standardise(s, known[n], minute.usual.get(n)) for n, s in minute.features.items()}
        for minute in found
    ]
    return SequenceSeries(
        *stack_inputs(rows),
        targets=np.array([minute.label for minute in found], np.int64),
        people=np.array([minute.person for minute in found], np.int64),
    )


def _thin(seen: Mapping[str, Steps]) -> dict[str, Steps]:
    """Keep one in 64 pixels of the page: enough for the mean and spread of its colours."""
    return {n: Steps(s.values[::64], s.mask[::64]) if n == "layout" else s for n, s in seen.items()}


PROTOCOL = (
    "Simulated people only. Train, validation and test share no person and no video. Standards "
    "and weights from train; epoch, temperature and threshold from validation; test people were "
    "used once. Intervals: 2,000 draws of people. Minutes that end 30 s apart, labelled by the "
    "commonest state of their last 10 s."
)
LIMITS = [
    "Never shown a person: its figures are properties of the generator, not accuracy on people.",
    "Sizes of the effects are assumed, those of skin responses too.",
    "A live face is AU-like features; pictures of faces are for data sets on disk only.",
    "The simulated page says nothing of any state, so what a real page does was not learned.",
    "Frustration and distraction are not given.",
]
