"""Training of MVP's small form on simulated learners, evaluated on other ones.

It was never trained on people: its figures are properties of the generator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from emotion.artefacts import Weights
from emotion.calibration.temperature import calibration_error, fit_temperature
from emotion.evaluation.metrics.classification import confusions, largest_share, score, weighted_f1
from emotion.evaluation.metrics.probability import auroc, score_ranking
from emotion.evaluation.splits import refuse_shared_people
from emotion.features.batch import Standard
from emotion.features.resampling import Steps
from emotion.labels import AFFECTS, ENGAGED, HIGH_AROUSAL
from emotion.models.mvp.network import LABELS, PHYSIOLOGY, VIDEO, Config, loss
from emotion.models.mvp.predictor import (
    SHORTEST_S,
    SIDES,
    extract_features,
    fit_length,
    make_sides,
    measure_shape,
)
from emotion.simulate import wearables
from emotion.simulate.cohort import SimulatedVideoRecording
from emotion.training import simulated_data
from emotion.training.checkpoint import Work
from emotion.training.example_table import Say
from emotion.training.number_format import format_score
from emotion.training.sequence_fit import (
    SequenceSchedule,
    SequenceSeries,
    collect_weights,
    fit,
    logits,
    measure_standards,
)
from emotion.training.simulated_data import draw_examples, refuse_unseen
from emotion.training.state_curves import LEVEL_NAMES, measure_curves

STREAMS = wearables.STREAMS
NEVER_SEEN = ("ecg",)
WINDOW_S, HOP_S = 155.0, 30.0
# A level's figure, and the same for always giving the most frequent answer.
F1 = ("weighted_f1", "commonest_weighted_f1")
# Distance between the ends of one person's clips.
EVERY_S = 75.0
RECIPE = 1

# By the circumplex (Russell 1980); a clip is high if more than half of its seconds are.
HIGH = {
    "VALENCE": np.array([affect in ENGAGED for affect in AFFECTS]),
    "AROUSAL": np.array([affect in HIGH_AROUSAL for affect in AFFECTS]),
}

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OwnDataRecipe:
    """How it is fine-tuned on an institution's own Windows, given as a snapshot."""

    base: str
    least: int
    most: int
    outer: int
    schedule: SequenceSchedule


@dataclass(frozen=True, slots=True)
class MvpRecipe(simulated_data.SimulationRecipe):
    """The values are in `mvp.toml` only."""

    config: Config
    own: OwnDataRecipe


@dataclass(frozen=True, slots=True)
class TrainingClip:
    """Features of a clip, its levels (2,) 0 or 1, and its person; not yet standardised."""

    features: Mapping[str, Steps]
    levels: NDArray[np.float32]
    person: int


def train(
    recipe: MvpRecipe, *, say: Say, work: Work | None = None
) -> tuple[dict[str, Any], Weights]:
    """Train on some simulated people, tune on others, test on others again; return card and
    weights.
    """
    say("simulating people who learn, who tune and who test")
    drawn_sides = draw_examples(recipe, iterate_clips)
    refuse_unseen(recipe, [clip.features for clip in drawn_sides["train"]], STREAMS)
    held = [select_held(clip.features) for clip in drawn_sides["train"]]
    known = measure_standards(held)
    series = {n: make_series(clips, known, recipe.config) for n, clips in drawn_sides.items()}
    refuse_shared_people(*(each.people for each in series.values()))
    torch.manual_seed(recipe.seed)
    network = recipe.config.build()
    given = (series["train"], series["valid"], recipe.schedule)
    at = work.stage("mvp") if work else None
    fit(network, loss, *given, seed=recipe.seed, say=say, kept_at=at)
    valid = logits(network, series["valid"])
    heat = fit_temperature(
        two_class_logits(valid), series["valid"].targets.ravel().astype(np.int64)
    )
    threshold = float(np.quantile(find_sureness(to_chances(valid, heat)), 1 - recipe.coverage))
    chance = to_chances(logits(network, series["test"]), heat)
    figures = measure(chance, series["test"], threshold, recipe.seed)
    return make_card(recipe, heat, threshold, figures), collect_weights(network, known)


def iterate_clips(
    recording: SimulatedVideoRecording, rng: np.random.Generator
) -> Iterator[TrainingClip]:
    """Yield a recording's clips, each between a minute and the maximum in length."""
    seconds = len(recording.states)
    signal = wearables.simulate_wristband(recording, rng)
    for t1 in np.arange(SHORTEST_S, seconds + 1, EVERY_S):
        length = float(rng.uniform(SHORTEST_S, WINDOW_S))
        t0 = max(0.0, float(t1) - length)
        states = recording.states[int(t0) : int(t1)]
        levels = np.array([HIGH[label][states].mean() > 0.5 for label in LABELS], np.float32)
        yield TrainingClip(
            extract_features(wearables.cut_window(recording, signal, t0, float(t1))),
            levels,
            recording.person,
        )


def measure(chance: Array, test: SequenceSeries, threshold: float, seed: int) -> dict[str, Any]:
    """Return the figures on the test people, level by level."""
    figures: dict[str, Any] = {}
    for column, label in enumerate(LABELS):
        truth = test.targets[:, column].astype(np.int64)
        guess = (chance[:, column] > 0.5).astype(np.int64)
        counts = confusions(truth, guess, test.people, 2)
        both = np.stack([1 - chance[:, column], chance[:, column]], axis=1)
        name, rng = label.lower(), np.random.default_rng(seed)
        figures[f"{name}_weighted_f1"] = format_score(score(weighted_f1, counts, rng=rng))
        share = float(largest_share(counts.sum(axis=0)))
        figures[f"{name}_largest_class_share"] = round(share, 4)
        figures[f"{name}_commonest_weighted_f1"] = round(2 * share**2 / (1 + share), 4)
        figures[f"{name}_ece"] = round(calibration_error(both, truth), 4)
        rng = np.random.default_rng(seed)
        area, _ = score_ranking(auroc, both, truth, test.people, rng=rng)
        figures[f"{name}_auroc"] = format_score(area)
        figures |= measure_curves(
            both, truth, test.people, LEVEL_NAMES, seed, guess=guess, prefix=f"{name}_"
        )
    return {
        "people": len(np.unique(test.people)),
        "windows": len(test.people),
        "answered_share": round(float((find_sureness(chance) >= threshold).mean()), 4),
        # Widens the shown ranges: that of the level with the larger error.
        "ece": max(figures[f"{label.lower()}_ece"] for label in LABELS),
        **figures,
    }


def make_card(
    recipe: MvpRecipe, heat: float, threshold: float, figures: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the card of design section 7."""
    return simulated_data.make_card(
        STREAMS,
        network=recipe.config,
        name="mvp",
        title="MVP (paper 2), small, learned from simulated learners",
        kind="mvp",
        never_seen=list(NEVER_SEEN),
        labels=list(LABELS),
        window_s=WINDOW_S,
        hop_s=HOP_S,
        temperature=heat,
        threshold=threshold,
        protocol=PROTOCOL,
        figures=dict(figures),
        seed=recipe.seed,
        code=f"recipe {RECIPE}",
        limits=[*LIMITS, *_describe_weakness(figures)],
    )


def _describe_weakness(figures: Mapping[str, Any]) -> list[str]:
    """Return a limit for each level that is predicted no better than by a constant."""
    names = [label.lower() for label in LABELS]
    scores = [(name, *(figures[f"{name}_{f1}"] for f1 in F1)) for name in names]
    return [
        limit
        for name, found, constant in scores
        for limit in simulated_data.describe_weakness(f"weighted F1 for {name}", found, constant)
    ]


def select_held(seen: Mapping[str, Steps]) -> dict[str, Steps]:
    """Return each Stream's values that are compared with a standard: steps, or a signal's shape."""
    return {name: steps if name in SIDES else measure_shape(steps) for name, steps in seen.items()}


def make_series(
    found: Sequence[TrainingClip], known: Mapping[str, Standard], config: Config
) -> SequenceSeries:
    """Return clips as the network's two inputs, by known standards."""
    lengths = {VIDEO: config.video_steps, PHYSIOLOGY: config.physiology_steps}
    rows = [make_sides(clip.features, known) for clip in found]
    cut_rows = {n: [fit_length(row[n], count) for row in rows] for n, count in lengths.items()}
    return SequenceSeries(
        {n: np.stack([each.values for each in parts]) for n, parts in cut_rows.items()},
        {n: np.stack([each.mask for each in parts]) for n, parts in cut_rows.items()},
        targets=np.stack([clip.levels for clip in found]),
        people=np.array([clip.person for clip in found], np.int64),
    )


def two_class_logits(found: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return each level's logits as those of two classes (2 N, 2)."""
    flat = found.ravel()
    return np.stack([np.zeros_like(flat), flat], axis=1)


def to_chances(found: NDArray[np.float32], heat: float) -> Array:
    """Return the probability that each level is high (N, 2), from logits."""
    return np.asarray(1 / (1 + np.exp(-found.astype(np.float64) / heat)))


def find_sureness(chance: Array) -> Array:
    """Return (N,): the probability of the answer for the more certain level."""
    return np.asarray(np.maximum(chance, 1 - chance).max(axis=1))


PROTOCOL = (
    "Simulated people only. Train, validation and test share no person and no video. Standards "
    "and weights from train; epoch, temperature and threshold from validation; test people were "
    "used once. Intervals: 2,000 draws of people. Clips of 60 to 155 s that end 75 s apart, high "
    "where more than half their seconds are in a state of high valence or arousal."
)
LIMITS = [
    "Never shown a person: its figures are properties of the generator, not accuracy on people.",
    "Sizes of the effects are assumed, those of skin responses too; which state is of high "
    "valence or arousal is taken from the circumplex.",
    "Gaze and ecg were never seen.",
    "Levels are of states in the clip, not of what somebody said afterwards, as in the paper.",
]
