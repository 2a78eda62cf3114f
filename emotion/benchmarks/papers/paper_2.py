"""Paper 2's Table 4 and label distribution on clips; its VideoMAE rows are in `video_mae_rows`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from emotion.baselines.paper_estimators import make_paper_2
from emotion.benchmarks.affect import fold_jobs
from emotion.benchmarks.affect.fold_jobs import Job, Kept
from emotion.benchmarks.affect.plan import BenchmarkProfile, PlannedRow
from emotion.benchmarks.papers.clip_data import TARGETS, ClipData
from emotion.benchmarks.papers.paper_plan import FitFold, Line, PaperJob, PaperPlan, PaperRow
from emotion.evaluation.dataset import WindowStudy
from emotion.evaluation.splits import Fold, iterate_folds
from emotion.models.mvp.network import FUSIONS, PHYSIOLOGY, VIDEO, Config, loss
from emotion.training.sequence_fit import SequenceSchedule, SequenceSeries, fit, logits

BOTH = (PHYSIOLOGY, VIDEO)
SIDE_NAMES = {(PHYSIOLOGY,): "heart+EDA", (VIDEO,): "video", BOTH: "heart+EDA+video"}
# Table 4's other rows that are networks, by the paper's names, made from any profile.
ABLATIONS: Mapping[str, Callable[[Config], Config]] = {
    "MVP": lambda config: config,
    "MVP, 10-s cuts": lambda config: replace(config, cut_s=10.0),
    "UniAUTransformer": lambda config: replace(config, fusion=VIDEO),
    "UniPhysioTransformer": lambda config: replace(config, fusion=PHYSIOLOGY),
    "UniTransformer": lambda config: replace(config, fusion=PHYSIOLOGY, cut_s=10.0, tokens=0),
    "MultiTransformer": lambda config: replace(config, fusion="late", cut_s=10.0, tokens=0),
}
# Inside the training people of a fold: this share's part stops the training.
INNER = 4

# Weighted F1 of (arousal, valence), by data set, method and inputs.
_PRINTED: Mapping[str, Mapping[tuple[str, tuple[str, ...]], tuple[str, str]]] = {
    "amigos": {
        ("SVM (HC)", (PHYSIOLOGY,)): ("51 ± 5", "60 ± 6"),
        ("SVM (HC)", (VIDEO,)): ("44 ± 8", "59 ± 3"),
        ("SVM (HC)", BOTH): ("49 ± 8", "64 ± 3"),
        ("MLP (HC)", (PHYSIOLOGY,)): ("57 ± 4", "63 ± 1"),
        ("MLP (HC)", (VIDEO,)): ("53 ± 5", "64 ± 5"),
        ("MLP (HC)", BOTH): ("55 ± 5", "63 ± 3"),
        ("UniTransformer", (PHYSIOLOGY,)): ("54 ± 4", "59 ± 4"),
        ("MultiTransformer", BOTH): ("56 ± 6", "61 ± 3"),
        ("UniAUTransformer", (VIDEO,)): ("56 ± 3", "63 ± 4"),
        ("UniPhysioTransformer", (PHYSIOLOGY,)): ("56 ± 3", "62 ± 4"),
        ("MVP, 10-s cuts", BOTH): ("55 ± 5", "60 ± 6"),
        ("MVP", BOTH): ("58 ± 6", "66 ± 4"),
    },
    "deap": {
        ("MLP (HC)", (PHYSIOLOGY,)): ("52 ± 3", "53 ± 2"),
        ("MLP (HC)", (VIDEO,)): ("51 ± 2", "54 ± 3"),
        ("MLP (HC)", BOTH): ("52 ± 2", "55 ± 6"),
        ("UniPhysioTransformer", (PHYSIOLOGY,)): ("53 ± 6", "54 ± 4"),
        ("UniAUTransformer", (VIDEO,)): ("54 ± 4", "57 ± 7"),
        ("MVP", BOTH): ("55 ± 5", "61 ± 4"),
    },
}
# Epochs of the small form are assumed; the paper gives batches of 8 and no number of epochs.
SCHEDULES = {
    "quick": SequenceSchedule(1, 16, 1e-3, 0.0),
    "small": SequenceSchedule(8, 8, 5e-4, 0.0),
    "full": SequenceSchedule(40, 8, 1e-4, 0.0),
}


def plan_clips(plan: PaperPlan, data: ClipData, cohort: str) -> None:
    """Add Table 4 without VideoMAE, and the distribution of labels."""
    for method in ("SVM (HC)", "MLP (HC)"):
        for sides in SIDE_NAMES:
            _add_rows(plan, data, cohort, method, sides, _fit_crafted(method))
    for method in ABLATIONS:
        read = FUSIONS[ABLATIONS[method](Config()).fusion][0]
        sides = tuple(sorted(read))
        _add_rows(plan, data, cohort, method, sides, _fit_network(data.series, method))
    plan.jobs.append(_count_levels(data, cohort))
    plan.notes.extend(data.notes)


def _add_rows(
    plan: PaperPlan, data: ClipData, cohort: str, method: str, sides: tuple[str, ...], fit: FitFold
) -> None:
    if lost := sorted(set(sides) - data.sides):
        plan.refuse(2, "Table 4", f"{method} on {SIDE_NAMES[sides]} needs {_NEEDS[lost[0]]}")
        return
    printed = dict(
        zip(("arousal", "valence"), _PRINTED.get(cohort, {}).get((method, sides), ()), strict=False)
    )
    for target in TARGETS:
        row = PlannedRow(
            "Table 4", f"{method}, {SIDE_NAMES[sides]}, {target}", cohort, method, sides
        )
        if "HC" in method:
            row = replace(row, cohort=f"{cohort} {target}")
        figure = f"weighted F1 {printed[target]} %" if target in printed else ""
        study = data.studies[target].only(sides)
        plan.rows.append(PaperRow(2, row, study, fit, figure, _DIFFERS[cohort], target))


_NEEDS = {
    VIDEO: "OpenFace's <film>.csv beside each video of a face, not in the data",
    PHYSIOLOGY: "a heart signal or EDA, not in the data",
}
_OURS = "hand-crafted features and sizes that the paper does not give are ours"
_DIFFERS = {
    "amigos": f"{_OURS}; intervals over people, not over folds",
    "deap": f"{_OURS}; intervals over people, not over folds",
    "simulated": f"SIMULATED people, levels of their states instead of self-reports; {_OURS}",
}


def _fit_crafted(method: str) -> FitFold:
    def fit_fold(study: WindowStudy, fold: Fold, job: Job, profile: BenchmarkProfile) -> Kept:
        how = {**profile.how, "random_state": job.seed}
        form = how.pop("profile")
        made = make_paper_2(study.inputs, form, **how)[method]
        return fold_jobs.fit_fold(made, study, fold, job, profile)

    return fit_fold


def _fit_network(series: SequenceSeries, method: str) -> FitFold:
    def fit_fold(study: WindowStudy, fold: Fold, job: Job, profile: BenchmarkProfile) -> Kept:
        del study
        config = _fit_lengths(_choose_size(profile.name), series)
        torch.manual_seed(job.seed)
        network = ABLATIONS[method](config).build()
        train, valid = _split_training(fold.train, series.people, job)
        scaled = standardise_video(series, train)
        schedule = SCHEDULES[profile.name]
        fit(
            network,
            loss,
            take(scaled, train),
            take(scaled, valid),
            schedule,
            seed=job.seed,
            say=lambda _: None,
        )
        return to_probabilities(logits(network, take(scaled, fold.test), together=8))

    return fit_fold


def to_probabilities(found: NDArray[np.float32]) -> Kept:
    """Return (n, 2) of each target from logits (n, 2) of high valence and high arousal."""
    high = 1 / (1 + np.exp(-found.astype(np.float64)))
    return {
        f"{target}_proba": np.stack([1 - high[:, k], high[:, k]], axis=1)
        for k, target in enumerate(TARGETS)
    }


def _choose_size(profile: str) -> Config:
    if profile == "full":
        return Config.paper()
    if profile == "small":
        return Config.small()
    return Config(tokens=10, width=16, layers=1, heads=2, video_stride=6, physiology_stride=32)


def _fit_lengths(config: Config, series: SequenceSeries) -> Config:
    """Return a config whose clips are as long as the longest one."""
    steps = {n: max(1, x.shape[1]) for n, x in series.values.items()}
    return replace(config, video_steps=steps[VIDEO], physiology_steps=steps[PHYSIOLOGY])


def _split_training(
    train: NDArray[np.int64], people: NDArray[np.int64], job: Job
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows that train, and rows of other people that stop the training."""
    rng = np.random.default_rng([job.seed, job.fold, 6])
    count = min(INNER, len(np.unique(people[train])))
    inner, stop = next(iterate_folds(people[train], count, rng=rng))
    return train[inner], train[stop]


def standardise_video(series: SequenceSeries, train: NDArray[np.int64]) -> SequenceSeries:
    """Return the series with the face's features standardised by the training clips."""
    values, mask = series.values[VIDEO], series.masks[VIDEO]
    seen = np.where(mask[train], values[train], np.nan).reshape(-1, values.shape[2])
    count = np.maximum((~np.isnan(seen)).sum(axis=0), 1)
    mean = np.nansum(seen, axis=0) / count
    deviation = np.sqrt(np.nansum((seen - mean) ** 2, axis=0) / count)
    scaled = np.clip((values - mean) / np.where(deviation > 1e-6, deviation, 1.0), -5, 5)
    held = np.where(mask, scaled, 0).astype(np.float32)
    return replace(series, values={**series.values, VIDEO: held})


def take(series: SequenceSeries, rows: NDArray[np.int64]) -> SequenceSeries:
    """Return the selected clips."""
    return SequenceSeries(
        {n: x[rows] for n, x in series.values.items()},
        {n: x[rows] for n, x in series.masks.items()},
        series.targets[rows],
        series.people[rows],
    )


def _count_levels(data: ClipData, cohort: str) -> PaperJob:
    """Return Figure 3: how many clips are low and high."""

    def count() -> Kept:
        return {n: np.bincount(s.labels, minlength=2) for n, s in data.studies.items()}

    def report(kept: Kept) -> Iterator[Line]:
        people = len(np.unique(data.series.people))
        for target in TARGETS:
            low, high = kept[target].tolist()
            yield {
                "paper": 2,
                "table": "Figure 3",
                "row": target,
                "data": cohort,
                "people": people,
                "counts": {"low": low, "high": high},
                "differs": "",
            }

    return PaperJob(f"2_levels_{cohort}", count, report)
