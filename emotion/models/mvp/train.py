"""MVP's small form learned from simulated learners, measured on others of them.

It was never shown a person: its figures are properties of the generator.
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
from emotion.evaluation.splits import refuse_shared_people
from emotion.features.batch import Standard
from emotion.features.resampling import Steps
from emotion.labels import AFFECTS, ENGAGED, HIGH_AROUSAL
from emotion.models.mvp.network import LABELS, PHYSIOLOGY, VIDEO, Config, loss
from emotion.models.mvp.predictor import SHORTEST_S, SIDES, fitted, shaped, sides, told
from emotion.simulate import wearables
from emotion.simulate.cohort import Recording
from emotion.training import simulated_data
from emotion.training.checkpoint import Work
from emotion.training.example_table import Say
from emotion.training.number_format import figure
from emotion.training.sequence_fit import Schedule, Series, fit, logits, standards, weights
from emotion.training.simulated_data import drawn, refuse_unseen

STREAMS = wearables.STREAMS
NEVER_SEEN = ("gaze", "ecg")
WINDOW_S, HOP_S = 155.0, 30.0
# A level's figure, and what always giving the commonest answer gets.
F1 = ("weighted_f1", "commonest_weighted_f1")
# Clips of one person that teach or test end this far apart.
EVERY_S = 75.0
RECIPE = 1

# By the circumplex (Russell 1980); a clip is high where more than half its seconds are.
HIGH = {
    "VALENCE": np.array([affect in ENGAGED for affect in AFFECTS]),
    "AROUSAL": np.array([affect in HIGH_AROUSAL for affect in AFFECTS]),
}

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Own:
    """How an institution's own Windows teach it further, where it is given a snapshot."""

    base: str
    least: int
    most: int
    outer: int
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Recipe(simulated_data.Recipe):
    """The numbers stand in `recipes/mvp.toml`, and nowhere else."""

    config: Config
    own: Own


@dataclass(frozen=True, slots=True)
class Clip:
    """What a clip says, its levels (2,) 0 or 1, and whose it is; not yet standardised."""

    told: Mapping[str, Steps]
    levels: NDArray[np.float32]
    person: int


def train(recipe: Recipe, *, say: Say, work: Work | None = None) -> tuple[dict[str, Any], Weights]:
    """Train on some simulated people, tune on others, test on others again; card and weights."""
    say("simulating people who learn, who tune and who test")
    drawn_sides = drawn(recipe, clips)
    refuse_unseen(recipe, [clip.told for clip in drawn_sides["train"]], STREAMS)
    held = [to_hold(clip.told) for clip in drawn_sides["train"]]
    known = standards(held)
    series = {n: series_of(clips, known, recipe.config) for n, clips in drawn_sides.items()}
    refuse_shared_people(*(each.people for each in series.values()))
    torch.manual_seed(recipe.seed)
    network = recipe.config.build()
    given = (series["train"], series["valid"], recipe.schedule)
    at = work.stage("mvp") if work else None
    fit(network, loss, *given, seed=recipe.seed, say=say, kept_at=at)
    valid = logits(network, series["valid"])
    heat = fit_temperature(two(valid), series["valid"].targets.ravel().astype(np.int64))
    threshold = float(np.quantile(sureness(chances(valid, heat)), 1 - recipe.coverage))
    chance = chances(logits(network, series["test"]), heat)
    figures = measured(chance, series["test"], threshold, recipe.seed)
    return card(recipe, heat, threshold, figures), weights(network, known)


def clips(recording: Recording, rng: np.random.Generator) -> Iterator[Clip]:
    """Yield a recording's clips, each of a length between a minute and the longest."""
    seconds = len(recording.states)
    signal = wearables.raw(recording, rng)
    for t1 in np.arange(SHORTEST_S, seconds + 1, EVERY_S):
        length = float(rng.uniform(SHORTEST_S, WINDOW_S))
        t0 = max(0.0, float(t1) - length)
        states = recording.states[int(t0) : int(t1)]
        levels = np.array([HIGH[label][states].mean() > 0.5 for label in LABELS], np.float32)
        yield Clip(told(wearables.seen(recording, signal, t0, float(t1))), levels, recording.person)


def measured(chance: Array, test: Series, threshold: float, seed: int) -> dict[str, Any]:
    """Return the figures on the test people, level by level."""
    figures: dict[str, Any] = {}
    for column, label in enumerate(LABELS):
        truth = test.targets[:, column].astype(np.int64)
        guess = (chance[:, column] > 0.5).astype(np.int64)
        counts = confusions(truth, guess, test.people, 2)
        both = np.stack([1 - chance[:, column], chance[:, column]], axis=1)
        name, rng = label.lower(), np.random.default_rng(seed)
        figures[f"{name}_weighted_f1"] = figure(score(weighted_f1, counts, rng=rng))
        share = float(largest_share(counts.sum(axis=0)))
        figures[f"{name}_largest_class_share"] = round(share, 4)
        figures[f"{name}_commonest_weighted_f1"] = round(2 * share**2 / (1 + share), 4)
        figures[f"{name}_ece"] = round(calibration_error(both, truth), 4)
    return {
        "people": len(np.unique(test.people)),
        "windows": len(test.people),
        "answered_share": round(float((sureness(chance) >= threshold).mean()), 4),
        # What a range is widened by: that of the level whose chances are further off.
        "ece": max(figures[f"{label.lower()}_ece"] for label in LABELS),
        **figures,
    }


def card(
    recipe: Recipe, heat: float, threshold: float, figures: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the card of design section 7."""
    return simulated_data.card(
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
        limits=[*LIMITS, *_weak(figures)],
    )


def _weak(figures: Mapping[str, Any]) -> list[str]:
    """Return a limit for each level that it tells no better than one answer alone."""
    names = [label.lower() for label in LABELS]
    scores = [(name, *(figures[f"{name}_{f1}"] for f1 in F1)) for name in names]
    return [
        limit
        for name, found, constant in scores
        for limit in simulated_data.weak(f"weighted F1 for {name}", found, constant)
    ]


def to_hold(seen: Mapping[str, Steps]) -> dict[str, Steps]:
    """Return what of each Stream is held to a standard: its steps, or a signal's shape."""
    return {name: steps if name in SIDES else shaped(steps) for name, steps in seen.items()}


def series_of(found: Sequence[Clip], known: Mapping[str, Standard], config: Config) -> Series:
    """Return clips as the network's two inputs, by known standards."""
    lengths = {VIDEO: config.video_steps, PHYSIOLOGY: config.physiology_steps}
    rows = [sides(clip.told, known) for clip in found]
    cut_rows = {n: [fitted(row[n], count) for row in rows] for n, count in lengths.items()}
    return Series(
        {n: np.stack([each.values for each in parts]) for n, parts in cut_rows.items()},
        {n: np.stack([each.mask for each in parts]) for n, parts in cut_rows.items()},
        targets=np.stack([clip.levels for clip in found]),
        people=np.array([clip.person for clip in found], np.int64),
    )


def two(found: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return each level's logits as those of two classes (2 N, 2)."""
    flat = found.ravel()
    return np.stack([np.zeros_like(flat), flat], axis=1)


def chances(found: NDArray[np.float32], heat: float) -> Array:
    """Return how likely each level is high (N, 2), of logits."""
    return np.asarray(1 / (1 + np.exp(-found.astype(np.float64) / heat)))


def sureness(chance: Array) -> Array:
    """Return (N,): the chance of the answer to the level that is surer."""
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
