"""The card of a fine-tuned MVP: figures on held-out people, with the base's on the same people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emotion.datasets.clips import LabelledClip, binarise_levels
from emotion.datasets.snapshot import LEVELS, Snapshot
from emotion.evaluation.metrics.classification import Score
from emotion.evaluation.metrics.probability import auroc, score_ranking
from emotion.models.crossmodal import finetune_card
from emotion.models.crossmodal.finetune_card import HeldOutPredictions, SnapshotFacts
from emotion.models.mvp.network import LABELS
from emotion.models.mvp.train import MvpRecipe
from emotion.training.number_format import format_score, round_figure
from emotion.training.state_curves import LEVEL_NAMES, measure_curves

RECIPE = 1
# The area under the curve of random guesses.
LUCK = 0.5


class CardUse(NamedTuple):
    """What the card says about the use; `taught` False = the weights are the base's."""

    temperature: float
    threshold: float
    taught: bool


def read_facts(snapshot: Snapshot, found: Sequence[LabelledClip]) -> SnapshotFacts:
    """Return facts of the snapshot, and counts of its unused ratings.

    `other_labels` counts ratings of moments without a (selected) clip before them.
    """
    said = [each for each in snapshot.examples if not np.isnan(binarise_levels(each)).all()]
    return SnapshotFacts(
        facts=snapshot.facts,
        unlabelled=sum(not each.source for each in snapshot.examples),
        other_labels=len(said) - len(found),
        pretrained_on=0,
        simulated=frozenset(int(each.said.person[1:]) for each in found if each.said.simulated),
    )


def figures(
    judged: Mapping[str, HeldOutPredictions | None], told: SnapshotFacts, seed: int
) -> dict[str, Any]:
    """Return the figures on held-out people; figures of both levels are the mean of their two."""
    people = judged["people"]
    if people is None:
        raise ValueError("expected at least two people")
    # A level without ratings is not a class with errors.
    columns = np.flatnonzero(np.isin(np.arange(4) // 2, people.table.labels // 2))
    alone = {n: _select_classes(each, columns) for n, each in judged.items()}
    found = finetune_card.figures(alone, told, seed)
    # These concern Windows and their labels; shares of four classes are meaningless here.
    for name in ("reports_of_other_labels", "windows_pretrained_on", "largest_class_share"):
        del found[name]
    commonest = []
    for level, label in enumerate(LABELS):
        mine = people.table.labels // 2 == level
        if mine.any():
            found |= _measure_level(people, mine, level, label.lower(), seed)
            commonest.append(found[f"{label.lower()}_commonest_macro_f1"])
    for prefix in ("", "base_"):
        areas = [found[key] for n in LEVELS if (key := f"{prefix}{n}_auroc") in found]
        # A gate that requires more than chance requires it of both.
        found[f"{prefix}auroc"] = min(areas, key=lambda area: area[1])
    return found | {
        "commonest_macro_f1": round_figure(np.mean(commonest)),
        "windows": len(np.unique(people.table.videos)),
        "levels_told": len(people.table.labels),
        "told_and_not_learned_from": told.other_labels,
    }


def make_card(
    base: str,
    known: Mapping[str, Any],
    judged: Mapping[str, HeldOutPredictions | None],
    told: SnapshotFacts,
    used: CardUse,
    recipe: MvpRecipe,
) -> dict[str, Any]:
    """Return the card of design section 7; missing fields are the base's."""
    found = figures(judged, told, recipe.seed)
    return {
        **known,
        "name": "mvp_own",
        "title": f"MVP (paper 2), small, taught further by {found['people']} people",
        "origin": "simulated" if told.simulated else "people",
        "temperature": used.temperature,
        "threshold": used.threshold,
        "protocol": PROTOCOL.format(outer=recipe.own.outer),
        "figures": found,
        "data": f"base {base}; {finetune_card.describe_data(told.facts)}",
        "seed": recipe.seed,
        "code": f"recipe {RECIPE}",
        "limits": _limits(judged["people"], found, told, used),
    }


def _select_classes(
    judged: HeldOutPredictions | None, columns: NDArray[np.int64]
) -> HeldOutPredictions | None:
    """Return the predictions with only these classes (K,), as 0 to K - 1."""
    if judged is None:
        return None
    table = replace(judged.table, labels=np.searchsorted(columns, judged.table.labels))
    said = {n: x[:, columns] if x.ndim == 2 else x for n, x in judged.predictions.items()}
    return HeldOutPredictions(table, said)


def _measure_level(
    judged: HeldOutPredictions, mine: Any, level: int, name: str, seed: int
) -> dict[str, Any]:
    labels, people = judged.table.labels[mine] - 2 * level, judged.table.people[mine]
    rng = np.random.default_rng((seed, level))
    share = max(labels.mean(), 1 - labels.mean())
    found: dict[str, Any] = {
        f"{name}_high_share": round_figure(labels.mean()),
        f"{name}_commonest_macro_f1": round_figure(share / (1 + share)),
    }
    for word, prefix in (("ours", ""), ("base", "base_")):
        proba = judged.predictions[word][mine][:, 2 * level : 2 * level + 2]
        area: Score = score_ranking(auroc, proba, labels, people, rng=rng)[0]
        found[f"{prefix}{name}_auroc"] = format_score(area)
        if word == "ours":
            found |= measure_curves(proba, labels, people, LEVEL_NAMES, seed, prefix=f"{name}_")
    return found


def _limits(
    judged: HeldOutPredictions | None, found: Mapping[str, Any], told: SnapshotFacts, used: CardUse
) -> list[str]:
    limits = [*LIMITS]
    if told.simulated:
        limits.insert(0, "SIMULATED: people who do not exist reported; it says nothing of people.")
    if judged is not None:
        masks = judged.table.batch.masks
        lost = sorted(name for name, mask in masks.items() if not mask.any())
        limits += [NOBODY.format(streams=", ".join(lost))] if lost else []
    limits += [_describe_weakness(name, found.get(f"{name}_auroc")) for name in LEVELS]
    if not used.taught:
        limits.append(finetune_card.AS_BASE)
    return [limit for limit in limits if limit]


def _describe_weakness(level: str, area: Sequence[float] | None) -> str:
    """Return a limit if it is not shown to predict a level at all; else nothing."""
    if area is None:
        return UNTOLD.format(level=level)
    return WEAK.format(level=level, area=area) if area[1] <= LUCK else ""


PROTOCOL = (
    "People left out by turns, {outer} parts: every figure is of a clip whose person taught "
    "nothing, with the base on the same clips; neither is shown a Stream outside the range of its "
    "own training, as in use. A third of the others said which epoch, how sure it is, and whether "
    "it is better than the base at all; what is used was then made of all in the same way. A clip "
    "is what led up to what a person, or an expert, said: 60 to 155 s of one Sitting, whose "
    "Windows are at most 5 s apart. High is over SAM's middle step, low is under "
    "it; where only a word was said, what the circumplex makes of it. Macro-F1 is the mean of both "
    "levels, AUROC that of the level it tells less well. The leaky one draws clips by lot, so that "
    "everybody is on both sides, even with the same seconds: it is no result. Intervals: 2,000 "
    "draws of people (300 for areas)."
)
LIMITS = (
    "What people report is what they say they feel, when they were asked and chose to answer.",
    "What was told is of the last 10 s, what it looks at is a minute or more; in the paper both "
    "are of the whole clip.",
    "What it sees of a video is the learner's face, as numbers of their own browser: no picture "
    "left it, and nothing of the course's video is in a snapshot.",
    "Gaze and ecg were not looked at, because the base does not know them.",
    "Figures are of people of the same study; other institutions are other people.",
)
NOBODY = "Nobody in the snapshot had {streams}: what it makes of them is the base's alone."
UNTOLD = "Nobody told {level}: what it says of that was not measured."
WEAK = (
    "Weak: on people it never met it is not shown to rank {level} better than luck would, which is "
    "0.5: area {area[0]:.3f} ({area[1]:.3f} to {area[2]:.3f})."
)
