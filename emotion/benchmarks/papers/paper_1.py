"""Paper 1's tables and figures on a study with gaze, PPG and semantics, and on MAHNOB-HCI.

Tables 2 to 4 are those of `emotion.benchmarks.affect.plan`: their rows are defined there only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from emotion.baselines.paper_estimators import make_summary_pipeline, make_svm
from emotion.benchmarks.affect import estimators, fold_jobs
from emotion.benchmarks.affect.fold_jobs import Job, Kept
from emotion.benchmarks.affect.plan import (
    TEXT,
    THREE,
    BenchmarkProfile,
    PlannedRow,
    plan_table_2,
    plan_table_3,
    plan_table_4,
)
from emotion.benchmarks.affect.report import plot_data
from emotion.benchmarks.papers.paper_plan import CollectRow, Line, PaperJob, PaperPlan, PaperRow
from emotion.benchmarks.papers.window_data import WatchedData
from emotion.evaluation.dataset import WindowStudy
from emotion.evaluation.smote import adasyn
from emotion.evaluation.splits import Fold, split_by_people
from emotion.networks.pairwise import COMPONENTS

PEOPLE = "people held out; the paper splits windows at random, resampled before"
OURS, WITH, WITHOUT = "pairwise", "VII, ADASYN", "VII all three, attention"

# MAHNOB-HCI, Table 5: accuracy % and F1 of (arousal, valence); the data set's own baseline is SVM.
_TABLE_5: Mapping[str, tuple[str, tuple[str, ...], Mapping[str, str]]] = {
    "baseline EEG": ("SVM", ("eeg",), {"arousal": "52.4, .42", "valence": "57.0, .56"}),
    "baseline EM": ("SVM", ("gaze",), {"arousal": "63.5, .60", "valence": "68.8, .68"}),
    "baseline EEG & EM": ("SVM", ("eeg", "gaze"), {"arousal": "67.7, .62", "valence": "76.1, .74"}),
    "EEG": ("concatenation", ("eeg",), {"arousal": "53.2, .49", "valence": "55.9, .53"}),
    "EM": ("concatenation", ("gaze",), {"arousal": "62.9, .57", "valence": "68.4, .63"}),
    "EEG & VSI": ("pairwise", ("eeg", TEXT), {"arousal": "67.1, .61", "valence": "72.4, .64"}),
    "EM & VSI": ("pairwise", ("gaze", TEXT), {"arousal": "68.8, .67", "valence": "73.9, .71"}),
    "EEG & EM & VSI": (
        "pairwise",
        ("eeg", "gaze", TEXT),
        {"arousal": "82.3, .80", "valence": "82.8, .79"},
    ),
}


def plan_learning(
    plan: PaperPlan, studies: Callable[[str], WindowStudy | None], cohort: str, differs: str
) -> None:
    """Add Tables 1 to 4 and the figures; `studies` gives each kind of semantics, or None."""
    tables = {"2": plan_table_2, "3": plan_table_3, "4": plan_table_4}
    rows = [
        replace(row, table=f"Table {table}")
        for table, each in tables.items()
        for row in each(cohort)
    ]
    rows.append(PlannedRow("Figure 4", WITH, cohort, OURS, resample="adasyn", paper=86.69))
    said = f"{PEOPLE}; {differs}"
    for row in rows:
        kind = row.kind if TEXT in row.modalities else "none"
        study = studies(kind)
        lost = [n for n in row.modalities if study is None or n not in study.inputs]
        if study is None or lost:
            what = f"semantics of kind {kind}" if study is None else ", ".join(lost)
            plan.refuse(1, row.table, f"{row.name} needs {what}, not in the data")
            continue
        printed = "" if row.paper is None else f"accuracy {row.paper:g} %"
        made = study.only(row.modalities)
        plan.rows.append(PaperRow(1, row, made, fold_jobs.run_fold, printed, said))
    largest = studies("description") or studies("none")
    if largest is not None:
        plan.jobs.append(_count_resampled(largest, cohort))
        _plan_components(plan, studies("description"), cohort, said)
    plan.figures.extend([_report_confusions, _report_roc, _report_neighbourhoods])


def plan_mahnob(plan: PaperPlan, data: WatchedData) -> None:
    """Add Table 5, each target with its own network as in the paper."""
    kind = data.kinds[0] if data.kinds else "none"
    for name, (model, modalities, printed) in _TABLE_5.items():
        for target, figure in printed.items():
            study = data.studies[(target, kind)]
            if lost := [n for n in modalities if n not in study.inputs]:
                plan.refuse(1, "Table 5", f"{name}, {target}, needs {', '.join(lost)} ({_TEXTS})")
                continue
            row = PlannedRow(
                "Table 5", f"{name}, {target}", f"mahnob {target}", model, modalities, kind=kind
            )
            fit = fit_svm if model == "SVM" else fold_jobs.run_fold
            said = f"{PEOPLE}; EEG as log band power and gaze as mean, spread and speed a second"
            plan.rows.append(
                PaperRow(1, row, study.only(modalities), fit, f"accuracy %, F1: {figure}", said)
            )
    plan.jobs.append(_count_resampled(data.studies[("arousal", kind)], "mahnob arousal"))


_TEXTS = "texts of the films come in semantics.csv, eye movements in each session's TSV"


def fit_svm(study: WindowStudy, fold: Fold, job: Job, profile: BenchmarkProfile) -> Kept:
    """Fit a support vector machine on each feature's mean and deviation."""
    made = make_summary_pipeline(make_svm(job.seed))
    return fold_jobs.fit_fold(made, study, fold, job, profile)


def _plan_components(plan: PaperPlan, study: WindowStudy | None, cohort: str, said: str) -> None:
    """Add the network with each number of components that the semantics have."""
    if study is None or not set(THREE) <= set(study.inputs):
        plan.refuse(1, "components", "needs gaze, PPG and descriptions of the videos")
        return
    width = study.inputs[TEXT]
    for components in COMPONENTS:
        name = f"{components} components"
        if components > width:
            plan.refuse(1, "components", f"{name}: the texts have {width} numbers only")
            continue
        row = PlannedRow("components", name, cohort, OURS, kind=f"description {components}")
        printed = "best of the five" if components == 25 else "worse than 25"
        fit = _with_components(components)
        plan.rows.append(PaperRow(1, row, study.only(THREE), fit, printed, said))


def _with_components(components: int) -> Callable[..., Kept]:
    def fit(study: WindowStudy, fold: Fold, job: Job, profile: BenchmarkProfile) -> Kept:
        how: dict[str, Any] = {**profile.how, "random_state": job.seed, "components": components}
        made = estimators.make_estimator(OURS, study, how)
        return fold_jobs.fit_fold(made, study, fold, job, profile)

    return fit


def _count_resampled(study: WindowStudy, cohort: str) -> PaperJob:
    """Return Table 1: how many rows each label has before and after ADASYN.

    The paper resamples everything before its split; here it is done in one training part.
    """

    def count() -> Kept:
        rng = np.random.default_rng(0)
        folds = min(5, len(np.unique(study.people)))
        train = study.part(split_by_people(study, folds, rng=rng)[0].train)
        more = adasyn(train.x, train.labels, rng=rng)
        kinds = len(study.classes)
        return {
            "raw": np.bincount(study.labels, minlength=kinds),
            "train": np.bincount(train.labels, minlength=kinds),
            "adasyn": np.bincount(more.labels, minlength=kinds),
        }

    def report(kept: Kept) -> Iterator[Line]:
        printed = {"raw": "1451, 2723, 1761, 2275", "adasyn": "2848, 2807, 2723, 2605"}
        names = {"raw": "Raw data", "train": "Training part", "adasyn": "ADASYN of it"}
        for key, name in names.items():
            counts = dict(zip(study.classes, kept[key].tolist(), strict=True))
            yield {
                "paper": 1,
                "table": "Table 1",
                "row": name,
                "data": cohort,
                "counts": counts,
                "printed": printed.get(key, "") if "mahnob" not in cohort else "",
                "people": len(np.unique(study.people)),
                "differs": "ADASYN inside a training part only",
            }

    return PaperJob(f"1_counts_{cohort}".replace(" ", "-"), count, report)


def _report_confusions(collect: CollectRow) -> Iterator[Line]:
    """Yield Figure 3: the network's confusion matrix in each fold."""
    found = collect("Table 2", OURS)
    for number, kept in enumerate(found.folds if found else (), start=1):
        classes = kept["proba"].shape[1]
        counts = np.zeros((classes, classes), int)
        np.add.at(counts, (kept["labels"], kept["proba"].argmax(axis=1)), 1)
        yield {
            "paper": 1,
            "table": "Figure 3",
            "row": f"fold {number}",
            "people": len(np.unique(kept["people"])),
            "confusion": counts.tolist(),
            "differs": PEOPLE,
        }


def _report_roc(collect: CollectRow) -> Iterator[Line]:
    """Yield Figure 4: ROC curves with and without ADASYN."""
    for table, name in (("Figure 4", WITH), ("Table 4", WITHOUT)):
        if found := collect(table, name):
            curves = {str(k): plot_data.roc(found, k) for k in range(found.proba.shape[1])}
            yield {
                "paper": 1,
                "table": "Figure 4",
                "row": f"ROC, {name}",
                "roc": curves,
                "people": len(np.unique(found.people)),
                "differs": PEOPLE,
            }


def _report_neighbourhoods(collect: CollectRow) -> Iterator[Line]:
    """Yield Figure 5: t-SNE of the last layer's input in three settings."""
    settings = {
        "a: eye movements and PPG": "III EM & PPG, attention",
        "b: with semantics": "VI all three, concatenated",
        "c: with cross-attention": WITHOUT,
    }
    for setting, name in settings.items():
        found = collect("Table 4", name)
        if found is not None and len(found.folds[0].get("hidden", ())) > 3:
            yield {
                "paper": 1,
                "table": "Figure 5",
                "row": setting,
                "tsne": plot_data.neighbourhood(found),
                "differs": "people of one test fold; the paper does not say whose windows",
            }
