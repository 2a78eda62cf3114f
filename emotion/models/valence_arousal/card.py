"""The card of a model trained on SAM ratings: figures on held-out people, next to the base's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.datasets.snapshot import LEVELS
from emotion.evaluation.metrics import regression
from emotion.evaluation.metrics.classification import Score, macro_f1, score, score_gain
from emotion.evaluation.metrics.probability import (
    auroc,
    expected_calibration_error,
    log_loss_gain,
    score_ranking,
)
from emotion.models.crossmodal.finetune_card import (
    describe_data,
    find_groups,
    measure_ablations,
    measure_groups,
)
from emotion.models.valence_arousal.levels_head import SamRecipe, TrainedLevels
from emotion.training.example_table import ExampleTable
from emotion.training.number_format import format_score, round_figure
from emotion.training.state_curves import (
    LEVEL_NAMES,
    bin_calibration,
    count_real,
    measure_curves,
)

RECIPE = 1

Array = NDArray[np.float64]
Figures = dict[str, Any]
Rows = tuple[Array, NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class SnapshotSource:
    """Facts of a snapshot: its Windows without a level, and the numbers of simulated people."""

    facts: Mapping[str, Any]
    without: int
    simulated: frozenset[int]


@dataclass(frozen=True, slots=True)
class LevelPredictions:
    """Left-out rows, their ratings relative to the middle (N, 2), and the predictions."""

    table: ExampleTable
    above: Array
    predictions: Mapping[str, NDArray[Any]]

    def counts(self, word: str) -> Array:
        """Return confusions of low and high by person and level (P, 2, 2, 2).

        A prediction counts as high if it is more likely than average among the training people.
        """
        people, who = np.unique(self.table.people, return_inverse=True)
        found = np.zeros((len(people), len(LEVELS), 2, 2))
        at, level = np.nonzero(self._sided())
        usual = self.predictions[f"usual_{word.partition('.')[0]}"]
        called = self.predictions[word] > usual
        truth, guess = (x[at, level].astype(np.int64) for x in (self.above > 0, called))
        np.add.at(found, (who[at], level, truth, guess), 1.0)
        return found

    def rows(
        self, word: str, levels: slice = slice(None), of: NDArray[np.int64] | None = None
    ) -> Rows:
        """Return (n, 2) probabilities of low and high, the true one, and the person; `of`: only
        these people.
        """
        sided = self._sided()
        if of is not None:
            sided = sided & np.isin(self.table.people, of)[:, None]
        at, level = np.nonzero(sided[:, levels])
        chance = self.predictions[word][:, levels][at, level]
        truth = (self.above[:, levels][at, level] > 0).astype(np.int64)
        return np.stack([1 - chance, chance], axis=1), truth, self.table.people[at]

    def sums(self, said: Array, level: int) -> Array:
        """Return the sums by person of one level's ratings and predictions."""
        known = ~np.isnan(self.above[:, level])
        steps = self.above[known, level], said[known, level]
        return regression.sum_by_person(*steps, self.table.people[known])

    def _sided(self) -> NDArray[np.bool_]:
        """Return where a level was rated away from the middle."""
        return np.asarray(np.nan_to_num(self.above) != 0)


def mean_macro_f1(counts: Array) -> Array:
    """Return macro-F1 of low and high of (..., 2, 2, 2), the mean over the two levels."""
    return np.asarray(macro_f1(counts).mean(axis=-1))


def figures(
    judged: Mapping[str, LevelPredictions | None], source: SnapshotSource, seed: int
) -> Figures:
    """Return the figures on held-out people, as [value, low, high] if there is an interval."""
    people, rng = judged["people"], np.random.default_rng(seed)
    if people is None:
        raise ValueError("expected at least two people")
    found = {
        **_measure_overall(people, rng),
        **count_real(people.table.people, source.simulated),
        "calibration": bin_calibration(*people.rows("ours"), seed),
        **_measure_levels(people, rng),
        **measure_ablations(people, mean_macro_f1, rng),
    }
    found |= _measure_groups(people, source, rng)
    for level, name in enumerate(LEVELS):
        found |= _measure_curves(people, level, f"{name}_", seed)
    for name, word in (("videos", "macro_f1_new_videos"), ("leaky", "leaky_macro_f1")):
        if (other := judged[name]) is not None:
            found[word] = format_score(score(mean_macro_f1, other.counts("ours"), rng=rng))
    return found | {"windows_without_a_level": source.without}


def _measure_overall(judged: LevelPredictions, rng: np.random.Generator) -> Figures:
    ours, base = judged.counts("ours"), judged.counts("base")
    return {
        "people": len(ours),
        "windows": len(judged.above),
        "macro_f1": format_score(score(mean_macro_f1, ours, rng=rng)),
        "base_macro_f1": format_score(score(mean_macro_f1, base, rng=rng)),
        "gain": format_score(score_gain(mean_macro_f1, ours, base, rng=rng)),
        "log_loss_gain": format_score(_measure_gain(judged, None, rng)),
        "ece": format_score(expected_calibration_error(*judged.rows("ours"), rng=rng)),
        "base_ece": format_score(expected_calibration_error(*judged.rows("base"), rng=rng)),
        "answered_share": round_figure(judged.predictions["answered"].mean()),
    }


def _measure_levels(judged: LevelPredictions, rng: np.random.Generator) -> Figures:
    """Return each level's own figures; `auroc` is that of the level with the lower bound."""
    found: Figures = {}
    # The base has no scale: its probabilities are mapped linearly to it.
    laid = 8 * judged.predictions["base"] - 4
    for n, level in enumerate(LEVELS):
        for prefix, said in (("", judged.predictions["above"]), ("base_", laid)):
            sums = judged.sums(said, n)
            found[f"{prefix}{level}_ccc"] = format_score(score(regression.ccc, sums, rng=rng))
            found[f"{prefix}{level}_rmse"] = format_score(score(regression.rmse, sums, rng=rng))
        others = judged.sums(judged.predictions["mean"], n)
        found[f"mean_{level}_rmse"] = format_score(score(regression.rmse, others, rng=rng))
        one = slice(n, n + 1)
        found[f"{level}_auroc"] = format_score(
            score_ranking(auroc, *judged.rows("ours", one), rng=rng)[0]
        )
    # A gate that requires more than chance requires it of both.
    areas = [found[f"{level}_auroc"] for level in LEVELS]
    return found | {"auroc": min(areas, key=lambda area: area[1])}


def _measure_curves(judged: LevelPredictions, level: int, prefix: str, seed: int) -> Figures:
    """Return the curves of one level, called high as in `LevelPredictions.counts`."""
    one = slice(level, level + 1)
    chance, truth, people = judged.rows("ours", one)
    usual = judged.rows("usual_ours", one)[0]
    high = (chance[:, 1] > usual[:, 1]).astype(np.int64)
    return measure_curves(chance, truth, people, LEVEL_NAMES, seed, guess=high, prefix=prefix)


def _measure_groups(
    judged: LevelPredictions, source: SnapshotSource, rng: np.random.Generator
) -> Figures:
    people = np.unique(judged.table.people)
    # People who only gave middle ratings are on neither side of a level.
    sided = judged.counts("base").any(axis=(1, 2, 3))
    found = find_groups(judged.table, source.simulated).items()
    groups = {name: (them & sided, ~them & sided) for name, them in found}
    return measure_groups(
        judged, groups, mean_macro_f1, lambda m: _measure_gain(judged, people[m], rng), rng
    )


def _measure_gain(
    judged: LevelPredictions, of: NDArray[np.int64] | None, rng: np.random.Generator
) -> Score:
    ours, truth, people = judged.rows("ours", of=of)
    return log_loss_gain(ours, judged.rows("base", of=of)[0], truth, people, rng=rng)


def make_card(
    base: str,
    known: Mapping[str, Any],
    judged: Mapping[str, LevelPredictions | None],
    source: SnapshotSource,
    learned: TrainedLevels,
    recipe: SamRecipe,
) -> dict[str, Any]:
    """Return the card of design section 7; missing fields are the base's."""
    found = figures(judged, source, recipe.seed)
    return {
        **known,
        "name": "sam",
        "kind": "sam",
        "title": f"valence and arousal, from what {found['people']} people told by SAM",
        "origin": "simulated" if source.simulated else "people",
        "labels": [level.upper() for level in LEVELS],
        "network": {**known["network"], "classes": len(LEVELS)},
        "temperature": learned.temperature,
        "threshold": learned.threshold,
        "protocol": PROTOCOL.format(outer=recipe.outer, inner=recipe.inner),
        "figures": {**found, "pull": learned.pull},
        "data": f"base {base}; {describe_data(source.facts)}",
        "seed": recipe.seed,
        "code": f"recipe {RECIPE}",
        "limits": [*([SIMULATED] if source.simulated else []), *LIMITS],
    }


PROTOCOL = (
    "People left out by turns, {outer} parts: every figure is of a Window whose person taught "
    "nothing of what was asked; pull, temperature and threshold from the others alone, {inner} "
    "parts of people by turns. What is used is then taught by all. A level is high above the "
    "middle of nine steps, low below it; who told the middle counts for CCC and RMSE alone. "
    "Macro-F1 is of low and high, the mean over both levels; called high is what is likelier than "
    "it is on average among those who taught, for the base as well. The base is the theory "
    "prior's words, read as levels by the circumplex, on the same Windows; mean: who always says "
    "the others' mean. The leaky figure draws Windows by lot, so that everybody is on both "
    "sides: it is no result. Intervals: 2,000 draws of people (300 for areas)."
)
SIMULATED = (
    "SIMULATED: people who do not exist told it, on scales that were assumed; it says nothing of "
    "people."
)
LIMITS = (
    "What people tell is what they say they feel, when they were asked and chose to answer; each "
    "uses the scale in a way of their own, which a stranger's figure cannot know.",
    "Only the last layer was taught: what the base cannot see, no report has taught it.",
    "Figures are of people of the same study; other institutions are other people.",
)
