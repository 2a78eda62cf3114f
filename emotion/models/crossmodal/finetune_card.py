"""The fine-tuned artefact's card: figures on held-out people, with the base's on the same
people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from emotion.artefacts import RATES
from emotion.evaluation.metrics.classification import (
    Metric,
    Score,
    confusions,
    largest_share,
    macro_f1,
    score,
    score_gain,
)
from emotion.evaluation.metrics.fairness_gap import compare_groups
from emotion.evaluation.metrics.probability import (
    auroc,
    expected_calibration_error,
    log_loss_gain,
    score_ranking,
)
from emotion.labels import Affect
from emotion.models.crossmodal.acting_rates import add_signals, match_rates
from emotion.models.crossmodal.finetuned_head import FinetunedHead, FinetuneRecipe
from emotion.training.example_table import ExampleTable
from emotion.training.number_format import format_score, round_figure
from emotion.training.state_curves import (
    LEAST_PEOPLE,
    bin_calibration,
    compare_with_video,
    count_real,
    measure_areas,
    measure_curves,
)

RECIPE = 1

Array = NDArray[np.float64]
Figures = dict[str, Any]
# Which people, in the order of their numbers, are in a group, and which are compared with them.
Sides = tuple[NDArray[np.bool_], NDArray[np.bool_]]


class Judged(Protocol):
    """Predictions for left-out people, by word, and confusions by person of one word's."""

    @property
    def predictions(self) -> Mapping[str, NDArray[Any]]: ...

    def counts(self, word: str) -> Array: ...


@dataclass(frozen=True, slots=True)
class SnapshotFacts:
    """Facts of a snapshot: its unused Windows, and the number pre-trained on.

    `simulated`: the numbers of simulated people.
    """

    facts: Mapping[str, Any]
    unlabelled: int
    other_labels: int
    pretrained_on: int
    simulated: frozenset[int]


@dataclass(frozen=True, slots=True)
class HeldOutPredictions:
    """Left-out rows and their predictions: `finetune._name_arrays`, in the same order."""

    table: ExampleTable
    predictions: Mapping[str, NDArray[Any]]

    def counts(self, word: str) -> Array:
        """Return confusions by person (P, K, K)."""
        proba, table = self.predictions[word], self.table
        return confusions(table.labels, proba.argmax(axis=1), table.people, proba.shape[1])


def figures(
    judged: Mapping[str, HeldOutPredictions | None], told: SnapshotFacts, seed: int
) -> Figures:
    """Return the figures on held-out people, as [value, low, high] if there is an interval."""
    people, rng = judged["people"], np.random.default_rng(seed)
    if people is None:
        raise ValueError("expected at least two people")
    groups = {n: (m, ~m) for n, m in find_groups(people.table, told.simulated).items()}
    table = people.table
    found = {
        **_measure_overall(people, rng),
        **count_real(table.people, told.simulated),
        "calibration": bin_calibration(
            people.predictions["ours"], table.labels, table.people, seed
        ),
        **measure_ablations(people, macro_f1, rng),
        **measure_groups(people, groups, macro_f1, lambda m: _measure_gain(people, m, rng), rng),
    }
    for name, word in (("videos", "macro_f1_new_videos"), ("leaky", "leaky_macro_f1")):
        if (other := judged[name]) is not None:
            found[word] = format_score(score(macro_f1, other.counts("ours"), rng=rng))
    return found | {
        "windows_without_a_report": told.unlabelled,
        "reports_of_other_labels": told.other_labels,
        "windows_pretrained_on": told.pretrained_on,
        **_measure_pretraining(people, rng),
    }


def _measure_pretraining(judged: HeldOutPredictions, rng: np.random.Generator) -> Figures:
    """Return the gain of pre-training, paired on the same people; {} without pre-training."""
    if "bare" not in judged.predictions:
        return {}
    ours, bare = judged.counts("ours"), judged.counts("bare")
    everybody = np.ones(len(ours), np.bool_)
    return {
        "bare_macro_f1": format_score(score(macro_f1, bare, rng=rng)),
        "gain_of_pretraining": format_score(score_gain(macro_f1, ours, bare, rng=rng)),
        "log_loss_gain_of_pretraining": format_score(_measure_gain(judged, everybody, rng, "bare")),
    }


def _measure_overall(judged: HeldOutPredictions, rng: np.random.Generator) -> Figures:
    ours, base = judged.counts("ours"), judged.counts("base")
    table, answered = judged.table, judged.predictions["answered"]
    right = judged.predictions["ours"].argmax(axis=1) == table.labels
    return {
        "people": len(ours),
        "windows": len(table.labels),
        "macro_f1": format_score(score(macro_f1, ours, rng=rng)),
        "base_macro_f1": format_score(score(macro_f1, base, rng=rng)),
        "gain": format_score(score_gain(macro_f1, ours, base, rng=rng)),
        "log_loss_gain": format_score(_measure_gain(judged, np.ones(len(ours), np.bool_), rng)),
        **_measure_word(judged, "ours", "", rng),
        **_measure_word(judged, "base", "base_", rng),
        "largest_class_share": round_figure(largest_share(ours.sum(axis=0))),
        "answered_share": round_figure(answered.mean()),
        "answered_accuracy": round_figure(right[answered].mean() if answered.any() else 0.0),
    }


def _measure_word(
    judged: HeldOutPredictions, word: str, prefix: str, rng: np.random.Generator
) -> Figures:
    asked = judged.predictions[word], judged.table.labels, judged.table.people
    return {
        f"{prefix}auroc": format_score(score_ranking(auroc, *asked, rng=rng)[0]),
        f"{prefix}ece": format_score(expected_calibration_error(*asked, rng=rng)),
    }


def measure_ablations(judged: Judged, metric: Metric, rng: np.random.Generator) -> Figures:
    """Return macro-F1 without each Stream, ours and the base's."""
    streams = [word.partition(".")[2] for word in judged.predictions if word.startswith("ours.")]
    return {
        f"{prefix}macro_f1_without_{stream}": format_score(
            score(metric, judged.counts(f"{word}.{stream}"), rng=rng)
        )
        for stream in streams
        for word, prefix in (("ours", ""), ("base", "base_"))
    }


def measure_groups(
    judged: Judged,
    groups: Mapping[str, Sides],
    metric: Metric,
    gain: Callable[[NDArray[np.bool_]], Score],
    rng: np.random.Generator,
) -> Figures:
    """Return the gaps between people in a group and the others, and each side's gain.

    `groups`: each side's own figure with its interval and its number of people.

    A group is the people who have a Stream. Both sides are predicted without it, so that a gap does
    not come from the Stream's own information.
    """
    found: Figures = {"groups": {}}
    for name, (those, others) in groups.items():
        if min(those.sum(), others.sum()) < LEAST_PEOPLE:
            continue
        for word, prefix in (("ours", ""), ("base", "base_")):
            bare = judged.counts(
                f"{word}.{name}" if f"{word}.{name}" in judged.predictions else word
            )
            apart = compare_groups(bare[those], judged.counts(word)[others], rng=rng, metric=metric)
            found[f"{prefix}gap_{name}"] = format_score(apart.size)
            if word == "ours":
                found["groups"][name] = [
                    [*format_score(score(metric, counts, rng=rng)), len(counts)]
                    for counts in (bare[those], judged.counts(word)[others])
                ]
        for word, side in (("with", those), ("without", others)):
            found[f"log_loss_gain_{word}_{name}"] = format_score(gain(side))
    return found


def _measure_gain(
    judged: HeldOutPredictions,
    side: NDArray[np.bool_],
    rng: np.random.Generator,
    beside: str = "base",
) -> Score:
    """Return `log_loss_gain` of the selected people (P,), in the order of their numbers."""
    table = judged.table
    taken = np.isin(table.people, np.unique(table.people)[side])
    ours, base = (judged.predictions[word][taken] for word in ("ours", beside))
    return log_loss_gain(ours, base, table.labels[taken], table.people[taken], rng=rng)


def find_groups(table: ExampleTable, simulated: frozenset[int]) -> dict[str, NDArray[np.bool_]]:
    """Return by group which of the people, in the order of their numbers, are in it."""
    people, who = np.unique(table.people, return_inverse=True)
    total = np.bincount(who)
    found = {"simulated": np.isin(people, sorted(simulated))}
    for stream, mask in table.batch.masks.items():
        came = np.bincount(who, weights=mask.any(axis=(1, 2)))
        found[stream] = came >= total / 2
    return found


def card(
    base: str,
    known: Mapping[str, Any],
    judged: Mapping[str, HeldOutPredictions | None],
    told: SnapshotFacts,
    learned: FinetunedHead,
    recipe: FinetuneRecipe,
) -> dict[str, Any]:
    """Return the card of design section 7; missing fields are the base's."""
    found = figures(judged, told, recipe.seed)
    found |= _measure_states(judged["people"], known["labels"], recipe.seed)
    rates = _move_rates(known, judged["people"], learned)
    return {
        **known,
        **rates,
        "name": "finetune",
        "title": f"theory prior, taught further by reports of {found['people']} people",
        "origin": "simulated" if told.simulated else "people",
        "temperature": learned.temperature,
        "threshold": learned.threshold,
        "protocol": _protocol(told, recipe),
        "figures": {**found, "pull_to_base": learned.pull},
        "data": f"base {base}; {describe_data(told.facts)}",
        "seed": recipe.seed,
        "code": f"recipe {RECIPE}",
        "limits": [*_limits(told, learned), *([MOVED_RATES] if rates else [])],
    }


def _measure_states(judged: HeldOutPredictions | None, names: Sequence[str], seed: int) -> Figures:
    """Return each state's curves and areas, with those of the base and of the video alone."""
    if judged is None:
        return {}
    ours, table = judged.predictions["ours"], judged.table
    rows = table.labels, table.people
    both = {"": ours, "base_": judged.predictions["base"]}
    return {
        **measure_curves(ours, *rows, names, seed),
        **measure_areas(both, *rows, names, seed),
        **compare_with_video(ours, *rows, table.videos, names, seed),
    }


def _move_rates(
    known: Mapping[str, Any], held_out: HeldOutPredictions | None, learned: FinetunedHead
) -> Figures:
    """Return the base's rates, moved to what was learned by the people held out from fitting."""
    if RATES not in known or held_out is None or learned.pull == 0:
        return {}
    labels, said = [Affect(label) for label in known["labels"]], held_out.predictions
    sure = said["base"].max(axis=1) >= known["threshold"], said["answered"]
    before, after = (
        add_signals(labels, np.where(answered[:, None], said[word], 0.0))
        for word, answered in zip(("base", "ours"), sure, strict=True)
    )
    return {RATES: match_rates(known[RATES], before, after)}


def describe_data(facts: Mapping[str, Any]) -> str:
    words = [f"{name} {facts[name]}" for name in ("study", "digest") if name in facts]
    return f"snapshot {', '.join(words) or 'without facts'}"


def _protocol(told: SnapshotFacts, recipe: FinetuneRecipe) -> str:
    found = PROTOCOL.format(outer=recipe.outer, inner=recipe.inner)
    return f"{found} {PRETRAINED}" if told.pretrained_on else found


def _limits(told: SnapshotFacts, learned: FinetunedHead) -> list[str]:
    found = [LIMITS[0], MOVED if told.pretrained_on else STAYED, *LIMITS[1:]]
    if told.simulated:
        found.insert(0, "SIMULATED: people who do not exist reported; it says nothing of people.")
    if told.unlabelled and not told.pretrained_on:
        found.append(OFF)
    if learned.pull == 0:
        found.append(AS_BASE)
    if told.other_labels:
        found.append(UNKNOWN_WORDS)
    return found


PROTOCOL = (
    "People left out by turns, {outer} parts: every figure is of a Window whose person taught "
    "nothing of what was asked, with the base on the same Windows; how far to go, temperature and "
    "threshold from the others alone, {inner} parts of people by turns. What is used is then "
    "taught by all. Macro-F1 of videos left out, whose people may be known, beside it; the leaky "
    "one draws Windows by lot, so that everybody is on both sides: it is no result. Intervals: "
    "2,000 draws of people (300 for areas)."
)
PRETRAINED = (
    "Before, all layers but the last were pre-trained on Windows without their labels, parts of "
    "them hidden: of nobody who is left out, nor of a video that is; those who choose how far to "
    "go were among them. The figures named bare are the same without it."
)
STAYED = "Only the last layer moved: what the base cannot see, no report has taught it."
MOVED = (
    "The layers before the last learned from Windows without labels what goes together in these "
    "people, and not how anybody felt."
)
OFF = (
    "Windows that nobody labelled taught it nothing: pre-training on them is off, since it did not "
    "help on simulated institutions."
)
UNKNOWN_WORDS = "Some people reported words that the base does not know; these are not given."
AS_BASE = "Nothing beat the base clearly on people left out: the weights are the base's."
MOVED_RATES = (
    "How often an hour a rule acts is known from the base's simulated hours only; its thresholds "
    "here are those that as few Windows of people left out reach."
)
LIMITS = (
    "What people report is what they say they feel, when they were asked and chose to answer.",
    "Figures are of people of the same study; other institutions are other people.",
)
