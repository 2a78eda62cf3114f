"""Figures of a row from the results of its folds, with intervals over people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.benchmarks.affect.fold_jobs import Job, Kept, count_folds
from emotion.benchmarks.affect.plan import PlannedRow
from emotion.benchmarks.affect.result_store import ResultStore
from emotion.calibration import class_offsets
from emotion.evaluation.metrics.classification import (
    Metric,
    Score,
    accuracy,
    balanced_accuracy,
    confusions,
    f1_of_occurring_classes,
    macro_f1,
    score,
    score_gain,
    score_per_person,
    weighted_f1,
)
from emotion.evaluation.metrics.probability import (
    auprc,
    auroc,
    brier,
    expected_calibration_error,
    score_ranking,
)

Array = NDArray[np.float64]

# Distance between the codes of people of two cohorts.
APART = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class RowResults:
    """The results of all folds of one row.

    Attributes
    ----------
    row : PlannedRow
    guess : (N,)
        The answer: the model's most likely label.
    proba : (N, K)
        Calibrated if the row has people for calibration.
    raw : (N, K)
        The model's own probabilities.
    labels, people, videos, parts : (N,)
        Parts: the fold and its seed.
    times : (N,)
    groups : mapping from kind to (N,)
    digests : tuple of str
        Of each fold.
    folds : tuple of mappings
        Stored results of each fold.
    """

    row: PlannedRow
    guess: NDArray[np.int64]
    proba: Array
    raw: Array
    labels: NDArray[np.int64]
    people: NDArray[np.int64]
    videos: NDArray[np.int64]
    parts: NDArray[np.int64]
    times: Array
    groups: Mapping[str, NDArray[np.int64]]
    digests: tuple[str, ...]
    folds: tuple[Kept, ...]

    @property
    def counts(self) -> Array:
        """Return confusions by person (P, K, K)."""
        return confusions(self.labels, self.guess, self.people, self.raw.shape[1])


def collect_results(state: ResultStore, row: PlannedRow) -> RowResults:
    """Return all folds of all seeds of a row, in the same order for every row of a split."""
    profile = state.profile
    made = [
        Job(row, seed, fold) for seed in profile.seeds for fold in range(count_folds(profile, row))
    ]
    cohorts = [profile.seeds.index(job.seed) for job in made]
    return join_folds(row, tuple(state.load(job.key) for job in made), cohorts)


def join_folds(row: PlannedRow, kept: tuple[Kept, ...], cohorts: Sequence[int]) -> RowResults:
    """Return the folds' results as one; people of different cohorts are different people."""
    sizes = [len(one["labels"]) for one in kept]
    raw = np.concatenate([one["proba"] for one in kept])
    kinds = [name for name in kept[0] if name.startswith("group_")]
    return RowResults(
        row=row,
        guess=raw.argmax(axis=1),
        proba=np.concatenate([calibrate(one) for one in kept]),
        raw=raw,
        labels=_join(kept, "labels"),
        people=_join(kept, "people") + APART * np.repeat(cohorts, sizes),
        videos=_join(kept, "videos"),
        parts=np.repeat(np.arange(len(kept)), sizes),
        times=_join(kept, "times"),
        groups={kind.removeprefix("group_"): _join(kept, kind) for kind in kinds},
        digests=tuple(str(one["digest"]) for one in kept),
        folds=kept,
    )


def calibrate(kept: Kept, proba: Array | None = None) -> Array:
    """Return a fold's probabilities (or others of its model), scaled on its calibration people."""
    said: Array = kept["proba"] if proba is None else np.asarray(proba, np.float64)
    if "valid_proba" not in kept:
        return said
    return class_offsets.fit(kept["valid_proba"], kept["valid_labels"]).apply(said)


def figures(found: RowResults, *, seed: int) -> dict[str, object]:
    """Return the figures of the protocol; [value, low, high] if there is an interval."""
    rng = np.random.default_rng(seed)
    counts, asked = found.counts, (found.proba, found.labels, found.people)
    pooled: dict[str, Metric] = {
        "macro_f1": macro_f1,
        "accuracy": accuracy,
        "balanced_accuracy": balanced_accuracy,
        "weighted_f1": weighted_f1,
    }
    return {
        "people": len(counts),
        "windows": len(found.labels),
        **{name: format_score(score(metric, counts, rng=rng)) for name, metric in pooled.items()},
        "f1_mean_over_people": format_score(
            score_per_person(f1_of_occurring_classes, counts, rng=rng)
        ),
        "auroc": format_score(score_ranking(auroc, *asked, rng=rng)[0]),
        "auprc": format_score(score_ranking(auprc, *asked, rng=rng)[0]),
        "brier": format_score(brier(*asked, rng=rng)),
        "ece": format_score(expected_calibration_error(*asked, rng=rng)),
        "folds": " ".join(found.digests),
    }


def compare_with_baselines(
    ours: RowResults, baselines: Sequence[RowResults], *, told: frozenset[str], seed: int
) -> dict[str, object]:
    """Return the gains in macro-F1 over the best baseline, and over the best without true labels.

    "win" is true only if the interval over people of the gain over the best of all is above 0. The
    comparison is paired: both answered the same rows.
    """
    blind = [one for one in baselines if one.row.model not in told]
    best, best_blind = (max(b, key=lambda one: float(_pool(one))) for b in (baselines, blind))
    rng = np.random.default_rng(seed)
    over_all, over_blind = (_measure_gain(ours, one, rng) for one in (best, best_blind))
    return {
        "best_baseline": best.row.name,
        "gain": format_score(over_all),
        "win": bool(over_all.lo > 0),
        "best_untold_baseline": best_blind.row.name,
        "gain_over_untold": format_score(over_blind),
        "wins_over_untold": bool(over_blind.lo > 0),
    }


def compare_rows(ours: RowResults, other: RowResults, *, seed: int) -> Score:
    """Return the gain of one row over another in macro-F1, with the same draws of people."""
    return _measure_gain(ours, other, np.random.default_rng(seed))


def format_score(found: Score) -> list[float]:
    """Return [value, low, high] with four digits; more are not meaningful."""
    return [round(float(value), 4) for value in (found.value, found.lo, found.hi)]


def _measure_gain(ours: RowResults, other: RowResults, rng: np.random.Generator) -> Score:
    if ours.digests != other.digests:
        raise ValueError(f"expected the same test rows, got {ours.digests} and {other.digests}")
    return score_gain(macro_f1, ours.counts, other.counts, rng=rng)


def _pool(found: RowResults) -> Any:
    return macro_f1(found.counts.sum(axis=0))


def _join(kept: Sequence[Kept], name: str) -> NDArray[Any]:
    return np.concatenate([one[name] for one in kept])
