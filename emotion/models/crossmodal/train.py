"""The theoretical prior: a network trained on simulated learners, with figures on unseen ones.

It expresses theory and assumptions about affect and behaviour; it was never trained on people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.artefacts import Weights
from emotion.calibration.temperature import (
    abstain_below,
    calibration_error,
    fit_temperature,
    softmax,
)
from emotion.evaluation.logistic_baseline import logistic_regression, summary
from emotion.evaluation.metrics.classification import (
    accuracy,
    confusions,
    largest_share,
    macro_f1,
    score,
    score_gain,
)
from emotion.evaluation.splits import refuse_shared_people
from emotion.features.batch import Batch, Standard, measure_standard, standardise
from emotion.features.window import NAMES
from emotion.labels import PAPER_1
from emotion.models import ANY_BACKEND
from emotion.models.crossmodal.fit import FitSchedule, fit, logits
from emotion.models.crossmodal.network import Config, CrossModal
from emotion.simulate import effects as coefficients
from emotion.simulate.cohort import GENERATOR, SOURCE, Plan
from emotion.training import sequence_fit
from emotion.training.checkpoint import Checkpoint, Work
from emotion.training.example_table import STREAMS, ExampleTable, Say, simulate_table
from emotion.training.number_format import format_score, round_figure
from emotion.windows import HOP_S, WINDOW_S

LABELS = PAPER_1
NEVER_SEEN = ("gaze", "ppg", "semantics")
OTHER_SIZES = (0.5, 1.5)
RECIPE = 2

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PriorRecipe:
    """The number of simulated people, and the seed; the values are in `prior.toml`.

    Attributes
    ----------
    group : int
        People of a group; each group has five videos of its own.
    groups : int
        Groups for training.
    valid, test : int
        Groups for early stopping, temperature and threshold; groups for the figures.
    quiet_groups : int
        Training groups of the cohort without signal.
    coverage : float
        Share of validation Windows that get an answer.
    """

    seed: int
    group: int
    groups: int
    valid: int
    test: int
    quiet_groups: int
    coverage: float
    schedule: FitSchedule


@dataclass(frozen=True, slots=True)
class TrainedPrior:
    """A network with everything needed to use it."""

    network: CrossModal
    standards: Mapping[str, Standard]
    temperature: float
    threshold: float

    def proba(self, table: ExampleTable) -> Array:
        """Return (N, K) calibrated probabilities of an unstandardised table."""
        found = logits(self.network, standardise(table.batch, self.standards))
        return softmax(found, self.temperature)


def prior_config() -> Config:
    """Return our configuration: 64 wide, four heads, a linear path, three modalities unused."""
    inputs = {name: len(NAMES[name]) for name in STREAMS} | dict.fromkeys(NEVER_SEEN, 0)
    return Config(inputs=inputs, classes=len(LABELS), linear=True)


def train(
    recipe: PriorRecipe, *, say: Say, work: Work | None = None
) -> tuple[dict[str, Any], Weights]:
    """Train the prior, evaluate it on unseen simulated people, return its card and weights."""
    say("simulating people who learn, who tune and who test")
    groups = draw_cohorts(recipe, 1.0, recipe.groups)
    at = work.stage("prior") if work else None
    learned = learn(groups["train"], groups["valid"], recipe, say=say, kept_at=at)
    figures = measure(learned, groups, recipe)
    figures |= _measure_effect_sizes(learned, recipe, say)
    say("training once more where nothing can be learned")
    at = work.stage("zero_signal") if work else None
    figures |= measure_zero_signal(recipe, say=say, kept_at=at)
    return make_card(learned, recipe, figures), collect_weights(learned)


def draw_cohorts(recipe: PriorRecipe, multiplier: float, groups: int) -> dict[str, ExampleTable]:
    """Draw training, validation and test people; no person or video is in two of them."""
    effects = coefficients.load().scale_effects(multiplier)
    rng = np.random.default_rng([recipe.seed, round(multiplier * 10)])
    sizes = {"train": groups, "valid": recipe.valid, "test": recipe.test}
    tables, first = {}, 0
    for side, count in sizes.items():
        tables[side] = _make_table(_plans(effects, recipe, count, first), rng)
        first += count
    refuse_shared_people(*(table.people for table in tables.values()))
    return tables


def learn(
    train: ExampleTable,
    valid: ExampleTable,
    recipe: PriorRecipe,
    *,
    say: Say,
    kept_at: Checkpoint | None = None,
) -> TrainedPrior:
    """Fit standards and weights on `train`, temperature and threshold on `valid`."""
    refuse_shared_people(train.people, valid.people)
    standards = {
        name: measure_standard(train.batch.values[name], train.batch.masks[name])
        for name in STREAMS
    }
    ours, theirs = _standardise(train, standards), _standardise(valid, standards)
    say(f"fitting on {len(train.labels)} Windows, stopping by {len(valid.labels)}")
    told = (prior_config(), ours, theirs, recipe.schedule)
    network = fit(*told, seed=recipe.seed, say=say, kept_at=kept_at)
    found = logits(network, theirs.batch)
    heat = fit_temperature(found, valid.labels)
    return TrainedPrior(
        network, standards, heat, abstain_below(softmax(found, heat), recipe.coverage)
    )


def measure(
    learned: TrainedPrior, groups: Mapping[str, ExampleTable], recipe: PriorRecipe
) -> dict[str, Any]:
    """Return the figures on the test people, with logistic regression on the same features."""
    test, rng = groups["test"], np.random.default_rng(recipe.seed)
    ours = learned.proba(test)
    theirs = predict_baseline(learned, groups["train"], test)
    counts = [_counts(proba, test) for proba in (ours, theirs)]
    sure = ours.max(axis=1) >= learned.threshold
    plain = _counts(learned.proba(_without_opening(test)), test)
    return {
        "people": len(np.unique(test.people)),
        "windows": len(test.labels),
        "macro_f1": format_score(score(macro_f1, counts[0], rng=rng)),
        "accuracy": format_score(score(accuracy, counts[0], rng=rng)),
        "macro_f1_without_opening": format_score(score(macro_f1, plain, rng=rng)),
        "logistic_regression_macro_f1": format_score(score(macro_f1, counts[1], rng=rng)),
        "gain_over_logistic_regression": format_score(score_gain(macro_f1, *counts, rng=rng)),
        "largest_class_share": round_figure(largest_share(counts[0].sum(axis=0))),
        "ece": round_figure(calibration_error(ours, test.labels)),
        "answered_share": round_figure(np.mean(sure)),
        "answered_accuracy": round_figure(np.mean(ours.argmax(axis=1)[sure] == test.labels[sure])),
    }


def predict_baseline(learned: TrainedPrior, train: ExampleTable, test: ExampleTable) -> Array:
    """Return logistic regression's probabilities for `test`, fitted on `train`."""
    sides = [summary(_standardise(side, learned.standards).batch) for side in (train, test)]
    return logistic_regression(sides[0], train.labels, sides[1])


def measure_zero_signal(
    recipe: PriorRecipe, *, say: Say, kept_at: Checkpoint | None = None
) -> dict[str, Any]:
    """Train and test the same way without any effects: accuracy must be at chance."""
    groups = draw_cohorts(recipe, 0.0, recipe.quiet_groups)
    learned = learn(groups["train"], groups["valid"], recipe, say=say, kept_at=kept_at)
    counts = _counts(learned.proba(groups["test"]), groups["test"])
    rng = np.random.default_rng(recipe.seed)
    return {
        "zero_signal_accuracy": format_score(score(accuracy, counts, rng=rng)),
        "zero_signal_largest_class_share": round_figure(largest_share(counts.sum(axis=0))),
    }


def make_card(
    learned: TrainedPrior, recipe: PriorRecipe, figures: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the card of design section 7."""
    return {
        "name": "prior",
        "title": "theory prior, learned from simulated learners",
        "kind": "affect",
        "origin": SOURCE,
        "streams": {n: {"channels": list(NAMES[n]), "backends": [ANY_BACKEND]} for n in STREAMS},
        "never_seen": list(NEVER_SEEN),
        "labels": [str(label) for label in LABELS],
        "window_s": WINDOW_S,
        "hop_s": HOP_S,
        "temperature": learned.temperature,
        "threshold": learned.threshold,
        "network": asdict(learned.network.config),
        "protocol": PROTOCOL,
        "figures": dict(figures),
        "data": f"effects.json {coefficients.digest()}, generator {GENERATOR}",
        "seed": recipe.seed,
        "code": f"recipe {RECIPE}",
        "limits": [*LIMITS, _describe_runs(figures)],
    }


def _describe_runs(figures: Mapping[str, Any]) -> str:
    """Return the results of all trainings, including those not shipped."""
    ours, theirs = (figures[n][0] for n in ("macro_f1", "logistic_regression_macro_f1"))
    return (
        "Three trainings before this one, without its linear path and each with its own seed, "
        "people and videos, gave macro-F1 0.438, 0.415 and 0.369 where logistic regression gave "
        "0.410, 0.420 and 0.397; this fourth, its recipe and seed settled before its test people "
        f"were seen and tested once, gave {ours:.3f} where logistic regression gave {theirs:.3f}: "
        "cohorts differ more than the intervals over people say."
    )


def collect_weights(learned: TrainedPrior) -> Weights:
    """Return the tensors of network and standards, float32."""
    return sequence_fit.collect_weights(learned.network, learned.standards)


def _measure_effect_sizes(learned: TrainedPrior, recipe: PriorRecipe, say: Say) -> dict[str, Any]:
    """Return macro-F1 of the same weights if effects are smaller or larger than assumed."""
    found = {}
    for multiplier in OTHER_SIZES:
        say(f"testing where effects are {multiplier} times as large")
        effects = coefficients.load().scale_effects(multiplier)
        rng = np.random.default_rng([recipe.seed, 99])
        table = _make_table(_plans(effects, recipe, recipe.test, 0), rng)
        counts = _counts(learned.proba(table), table)
        drawn = score(macro_f1, counts, rng=np.random.default_rng(recipe.seed))
        found[f"macro_f1_effects_times_{multiplier}"] = format_score(drawn)
    return found


def _plans(
    effects: coefficients.Effects, recipe: PriorRecipe, count: int, first: int
) -> list[Plan]:
    """Return `count` groups of people, counted from group `first`."""
    size = recipe.group
    return [Plan(size, effects, first=size * group) for group in range(first, first + count)]


def _make_table(plans: Sequence[Plan], rng: np.random.Generator) -> ExampleTable:
    counts = [plans[0].effects.label_counts[label] for label in LABELS]
    return simulate_table(plans, LABELS, rng=rng, counts=counts)


def _standardise(table: ExampleTable, standards: Mapping[str, Standard]) -> ExampleTable:
    return ExampleTable(
        standardise(table.batch, standards), table.labels, table.people, table.videos
    )


def _without_opening(table: ExampleTable) -> ExampleTable:
    """Return the table with all openings unknown."""
    masks = {name: mask.copy() for name, mask in table.batch.masks.items()}
    for mask in masks.values():
        mask[..., mask.shape[-1] // 2 :] = False
    batch = Batch(table.batch.values, masks, table.batch.quality)
    return ExampleTable(batch, table.labels, table.people, table.videos)


def _counts(proba: Array, table: ExampleTable) -> Array:
    return confusions(table.labels, proba.argmax(axis=1), table.people, len(LABELS))


PROTOCOL = (
    "Simulated people only. Train, validation and test share no person and no video. Labels in "
    "the proportions of paper 1's counts, 12 % of them drawn anew. Standards and weights from "
    "train; epoch, temperature and threshold from validation; the schedule from people of another "
    "seed; test people were used once. Intervals: 2,000 draws of people. Windows of 10 s that do "
    "not overlap, labelled by the commonest state."
)
LIMITS = [
    "Never shown a person: its figures are properties of the generator, not accuracy on people.",
    "Sizes of the effects are assumed; the figures at half and one and a half times them say "
    "how much hangs on that.",
    "Gaze, ppg and video semantics were never seen; frustration and distraction are not given.",
    "What is usual for a person is known from the first minute of the Sitting only; before that, "
    "and where it is not given, what is normal for someone may look like a state.",
]
