"""The prior's figures on simulated people it never saw, and its card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.artefacts import CONTEXT, RATES, REACH_S
from emotion.calibration.temperature import calibration_error
from emotion.evaluation.logistic_baseline import logistic_regression, summary
from emotion.evaluation.metrics.classification import (
    accuracy,
    confusions,
    largest_share,
    macro_f1,
    score,
    score_gain,
)
from emotion.evaluation.metrics.probability import auroc, score_ranking
from emotion.features.batch import Batch, standardise
from emotion.features.window import NAMES, REACHES, STREAMS
from emotion.labels import AFFECTS, PAPER_1
from emotion.models.crossmodal.trained_prior import Labels, PriorRecipe, TrainedPrior
from emotion.models.protocol import ANY_BACKEND
from emotion.semantics.semantic_axes import load_axes
from emotion.simulate.cohort import GENERATOR
from emotion.simulate.complete_recording import COMPLETION
from emotion.simulate.effects import describe_files
from emotion.simulate.stream_rows import SOURCE
from emotion.training.example_table import ExampleTable, hide_stream
from emotion.training.number_format import format_score, round_figure
from emotion.training.state_curves import compare_with_video, measure_curves
from emotion.windows import HOP_S, WINDOW_S

SEMANTICS, COURSE = "semantics", "course"
RECIPE = 3

Array = NDArray[np.float64]


def measure(learned: TrainedPrior, groups: Mapping[str, ExampleTable], seed: int) -> dict[str, Any]:
    """Return the figures on the test people, with logistic regression on the same features."""
    test, rng = groups["test"], np.random.default_rng(seed)
    ours = learned.proba(test)
    theirs = predict_baseline(learned, groups["train"], test)
    counts = [_counts(proba, test) for proba in (ours, theirs)]
    sure = ours.max(axis=1) >= learned.threshold
    return {
        "people": len(np.unique(test.people)),
        "windows": len(test.labels),
        "macro_f1": format_score(score(macro_f1, counts[0], rng=rng)),
        "accuracy": format_score(score(accuracy, counts[0], rng=rng)),
        "logistic_regression_macro_f1": format_score(score(macro_f1, counts[1], rng=rng)),
        "gain_over_logistic_regression": format_score(score_gain(macro_f1, *counts, rng=rng)),
        "largest_class_share": round_figure(largest_share(counts[0].sum(axis=0))),
        "ece": round_figure(calibration_error(ours, test.labels)),
        "answered_share": round_figure(np.mean(sure)),
        "answered_accuracy": round_figure(np.mean(ours.argmax(axis=1)[sure] == test.labels[sure])),
        "macro_f1_without_opening": score_macro_f1(learned, _without_opening(test), seed),
        "macro_f1_of_paper_1": _score_paper_1(ours, test, learned.labels, rng),
        **_measure_states(learned, ours, theirs, test, rng),
        **_measure_curves(ours, test, [str(label) for label in learned.labels], seed),
        **_measure_inputs(learned, test, seed),
    }


def _score_paper_1(
    proba: Array, test: ExampleTable, labels: Labels, rng: np.random.Generator
) -> list[float]:
    """Return macro-F1 among the states of paper 1 alone, on the Windows that are in one of them."""
    states = [labels.index(label) for label in PAPER_1 if label in labels]
    rows = np.flatnonzero(np.isin(test.labels, states))
    truth = np.searchsorted(states, test.labels[rows])
    said = proba[rows][:, states].argmax(axis=1)
    counts = confusions(truth, said, test.people[rows], len(states))
    return format_score(score(macro_f1, counts, rng=rng))


def _measure_states(
    learned: TrainedPrior, ours: Array, theirs: Array, test: ExampleTable, rng: np.random.Generator
) -> dict[str, Any]:
    """Return the AUC of each state, one against the rest, and the one of the baseline."""
    found: dict[str, Any] = {}
    for name, proba in (("auc", ours), ("logistic_regression_auc", theirs)):
        _, each = score_ranking(auroc, proba, test.labels, test.people, rng=rng)
        for label, figure in zip(learned.labels, each, strict=True):
            found[f"{name}_{label.lower()}"] = format_score(figure)
    return found


def _measure_curves(
    proba: Array, test: ExampleTable, names: Sequence[str], seed: int
) -> dict[str, Any]:
    """Return each state's curves, and how well the video alone tells it."""
    rows = test.labels, test.people
    return {
        **measure_curves(proba, *rows, names, seed),
        **compare_with_video(proba, *rows, test.videos, names, seed),
    }


def _measure_inputs(learned: TrainedPrior, test: ExampleTable, seed: int) -> dict[str, Any]:
    """Return macro-F1 with each input hidden, and what semantics gain on these unseen videos."""
    found: dict[str, Any] = {
        f"macro_f1_without_{name}": score_macro_f1(learned, _hide(test, name), seed)
        for name in learned.standards
    }
    if SEMANTICS in learned.standards:
        found["gain_of_semantics"] = _measure_gain(learned, test, SEMANTICS, seed)
    return found


def measure_control(
    name: str, learned: TrainedPrior, test: ExampleTable, seed: int
) -> dict[str, Any]:
    """Return the figures of a prior trained in a control world."""
    if name != "zero_signal":
        gain = _measure_gain(learned, test, SEMANTICS, seed)
        return {f"gain_of_semantics_where_{name}": gain}
    counts = _counts(learned.proba(test), test)
    rng = np.random.default_rng(seed)
    return {
        "zero_signal_accuracy": format_score(score(accuracy, counts, rng=rng)),
        "zero_signal_largest_class_share": round_figure(largest_share(counts.sum(axis=0))),
    }


def score_macro_f1(learned: TrainedPrior, table: ExampleTable, seed: int) -> list[float]:
    """Return macro-F1 on a table, with its interval over people."""
    counts = _counts(learned.proba(table), table)
    return format_score(score(macro_f1, counts, rng=np.random.default_rng(seed)))


def _measure_gain(learned: TrainedPrior, test: ExampleTable, name: str, seed: int) -> list[float]:
    """Return how much macro-F1 an input adds, on the Windows that have it."""
    seen = np.flatnonzero(test.batch.masks[name].any(axis=(1, 2)))
    rows = ExampleTable(
        test.batch.rows(seen), test.labels[seen], test.people[seen], test.videos[seen]
    )
    counts = [_counts(learned.proba(each), rows) for each in (rows, _hide(rows, name))]
    return format_score(score_gain(macro_f1, *counts, rng=np.random.default_rng(seed)))


def predict_baseline(learned: TrainedPrior, train: ExampleTable, test: ExampleTable) -> Array:
    """Return logistic regression's probabilities for `test`, fitted on `train`."""
    sides = [summary(standardise(side.batch, learned.standards)) for side in (train, test)]
    return logistic_regression(sides[0], train.labels, sides[1])


def _hide(table: ExampleTable, name: str) -> ExampleTable:
    batch = hide_stream(table.batch, name)
    return ExampleTable(batch, table.labels, table.people, table.videos)


def _without_opening(table: ExampleTable) -> ExampleTable:
    """Return the table with all openings unknown."""
    masks = {name: mask.copy() for name, mask in table.batch.masks.items()}
    for name in STREAMS:
        masks[name][..., masks[name].shape[-1] // 2 :] = False
    batch = Batch(table.batch.values, masks, table.batch.quality)
    return ExampleTable(batch, table.labels, table.people, table.videos)


def _counts(proba: Array, table: ExampleTable) -> Array:
    return confusions(table.labels, proba.argmax(axis=1), table.people, proba.shape[1])


def make_card(
    learned: TrainedPrior,
    recipe: PriorRecipe,
    figures: Mapping[str, Any],
    rates: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the card of design section 7."""
    lost = [str(label) for label in AFFECTS if label not in learned.labels]
    return {
        "name": recipe.name,
        "title": TITLES[COURSE in recipe.context],
        "kind": "affect",
        "origin": SOURCE,
        "streams": {name: _describe_stream(name) for name in STREAMS},
        CONTEXT: {name: _describe_context(name) for name in recipe.context},
        "never_seen": [],
        "labels": [str(label) for label in learned.labels],
        "window_s": WINDOW_S,
        "hop_s": HOP_S,
        "temperature": learned.temperature,
        "threshold": learned.threshold,
        "network": asdict(learned.network.config),
        "protocol": PROTOCOL,
        "figures": dict(figures),
        RATES: dict(rates),
        "data": f"{describe_files()}, generator {GENERATOR}, completion {COMPLETION}",
        "seed": recipe.seed,
        "code": f"recipe {RECIPE}",
        "limits": [
            *LIMITS,
            *([COURSE_LIMIT] if COURSE in recipe.context else []),
            *([f"Not told apart well enough to be given: {', '.join(lost)}."] if lost else []),
        ],
    }


def _describe_stream(name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"channels": list(NAMES[name]), "backends": [ANY_BACKEND]}
    return found | ({REACH_S: REACHES[name]} if name in REACHES else {})


def _describe_context(name: str) -> dict[str, Any]:
    """Return a part of the context; semantics along other axes are unfamiliar."""
    backends = [SOURCE, load_axes().source] if name == SEMANTICS else [ANY_BACKEND]
    return {"channels": list(NAMES[name]), "backends": backends}


TITLES = (
    "theory prior, learned from simulated learners",
    "theory prior that also reads the course, learned from simulated learners",
)
PROTOCOL = (
    "Simulated people only. Train, validation and test share no person and no video. Labels in "
    "the proportions of paper 1's counts, with those of frustration and distraction assumed; 12 % "
    "of them are drawn again at random. Standards and weights from train; epoch, temperature, "
    "threshold and the states that are given from validation; test people were used once. "
    "Intervals: 2,000 draws of people. Windows of 10 s that do not overlap, labelled by the "
    "commonest state."
)
LIMITS = [
    "Never shown a person: its figures are properties of the generator, not accuracy on people.",
    "Sizes of the effects are assumed; the figures at half and one and a half times them say "
    "how much hangs on that.",
    "That a film's content moves what people feel is assumed too. Where it moves nothing, video "
    "semantics lower its macro-F1 to the figure given for that world.",
    "Six trainings preceded this recipe, compared by validation loss on other simulated people; "
    "one of them was tested, on people of its own, and did not ship. The people of these figures "
    "were tested once.",
    "What is usual for a person is known from the first minute of the Sitting only; before that, "
    "and where it is not given, what is normal for someone may look like a state.",
]
COURSE_LIMIT = (
    "It reads answers, hints and rewinds. Beside the same deeds it is no independent evidence."
)
