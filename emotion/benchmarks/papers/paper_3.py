"""Paper 3's tables and figures: faces of DAiSEE, physiology of WESAD, and simulated learners."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from emotion.augment import augment_face
from emotion.baselines.network_classifier import NetworkClassifier
from emotion.baselines.paper_estimators import (
    make_paper_2,
    make_paper_3,
    make_step_pipeline,
    make_summary_pipeline,
)
from emotion.baselines.svm_soft_margin import objective
from emotion.benchmarks.affect import estimators, fold_jobs
from emotion.benchmarks.affect.fold_jobs import Job, Kept
from emotion.benchmarks.affect.plan import BenchmarkProfile, PlannedRow
from emotion.benchmarks.papers.face_data import FaceData
from emotion.benchmarks.papers.paper_plan import FitFold, Line, PaperJob, PaperPlan, PaperRow
from emotion.benchmarks.papers.sub_networks import BodyNetworkConfig, FaceNetworkConfig
from emotion.evaluation.dataset import WindowStudy
from emotion.evaluation.splits import Fold

# Accuracy % and macro-F1, on the paper's own data set of 120 learners.
PRINTED: Mapping[str, tuple[str, str]] = {
    "SVM+LBP": ("Table 2", "62.5, .589"),
    "RF+Geo": ("Table 2", "58.3, .557"),
    "KNN+AU": ("Table 2", "55.7, .531"),
    "MLP": ("Table 3", "68.2, .657"),
    "CNN-shallow": ("Table 3", "71.8, .692"),
    "CNN-LSTM": ("Table 4", "77.4, .759"),
    "Transformer": ("Table 4", "81.6, .802"),
}
FACE_ROWS = ("KNN+AU", "MLP", "CNN-LSTM", "Transformer")
# Inputs of Windows that are physiology or behaviour, by any layout's names.
BODY = ("ecg", "eda", "heart", "ppg")
BEHAVIOUR = ("activity", "behaviour", "pointer", "typing")
ALL_INPUTS = "all inputs"
OWN_DATA = "people held out; the paper's figure is on its own data set, which is not public"
SVM_C = 1.0
FACE_NETWORK = "facial sub-network, augmented"


def plan_faces(plan: PaperPlan, data: FaceData) -> None:
    """Add Tables 1 to 4 and the facial sub-network, with and without augmentation."""
    inputs = {"SVM+LBP": data.pictures, "CNN-shallow": data.pictures, "RF+Geo": data.points}
    for name, (table, figure) in PRINTED.items():
        study = inputs.get(name, data.units)
        if study is None:
            plan.refuse(3, table, f"{name} needs {_NEEDS[name]}")
            continue
        row = PlannedRow(table, name, "daisee", name, ("face",))
        said = f"{OWN_DATA}; DAiSEE's strongest of four states"
        plan.rows.append(
            PaperRow(3, row, study, _fit_estimator(name), f"accuracy %, macro-F1: {figure}", said)
        )
    for name, more in (("facial sub-network", False), (FACE_NETWORK, True)):
        if data.pictures is None:
            plan.refuse(3, "facial sub-network", f"{name} needs {_NEEDS['SVM+LBP']}")
            continue
        row = PlannedRow("facial sub-network", name, "daisee", name.replace(",", ""), ("face",))
        plan.rows.append(
            PaperRow(
                3,
                row,
                data.pictures,
                _fit_face(more),
                "accuracy 78.6 %",
                f"{OWN_DATA}; one picture a clip",
            )
        )
    plan.jobs.append(_describe_data(data))
    plan.notes.extend(data.notes)


_FACE_TABLE = "OpenFace's <clip>.csv beside each clip, not in the data"
_NEEDS = {
    "SVM+LBP": "clips that can be read as videos",
    "CNN-shallow": "clips that can be read as videos",
    "RF+Geo": f"landmarks (-2Dfp) in {_FACE_TABLE}",
    **dict.fromkeys(FACE_ROWS, _FACE_TABLE),
}


def plan_body(plan: PaperPlan, study: WindowStudy, cohort: str) -> None:
    """Add the support vector machine of equations 3 and 4, and others on the same minutes."""
    said = f"{OWN_DATA}; heart rate and skin responses instead of brow angle and mouth"
    models: dict[str, tuple[str, FitFold]] = {
        "SVM, equations 3-4": ("equations 3-4", fit_soft_margin),
        "SVM (HC)": ("equations 3-4", _fit_summary("SVM (HC)")),
        "MLP (HC)": ("equations 3-4", _fit_summary("MLP (HC)")),
    }
    if study.inputs.keys() == {"physiology"}:
        models |= {"physiological sub-network": ("physiological sub-network", _fit_body)}
    for name, (table, fit) in models.items():
        row = PlannedRow(table, name, cohort, name.replace(",", ""), tuple(sorted(study.inputs)))
        plan.rows.append(PaperRow(3, row, study, fit, "", said))


def plan_windows(plan: PaperPlan, study: WindowStudy, cohort: str, said: str) -> None:
    """Add what Windows without pictures allow: rows on the face, Figure 9 and equations 3-4."""
    for name in FACE_ROWS:
        table, figure = PRINTED[name]
        if "face" not in study.inputs:
            plan.refuse(3, table, f"{name} needs a face, not in the data")
            continue
        row = PlannedRow(table, name, cohort, name, ("face",))
        printed = f"accuracy %, macro-F1: {figure}"
        made = study.only(("face",))
        plan.rows.append(PaperRow(3, row, made, _fit_estimator(name), printed, said))
    for name in sorted(set(PRINTED) - set(FACE_ROWS)):
        plan.refuse(3, PRINTED[name][0], f"{name} needs pictures of faces")
    _plan_modalities(plan, study, cohort, said)
    if body := _list_present(study, BODY):
        plan_body(plan, study.only(body), cohort)
    else:
        plan.refuse(3, "equations 3-4", "needs heart rate or skin conductance, not in the data")


def _plan_modalities(plan: PaperPlan, study: WindowStudy, cohort: str, said: str) -> None:
    """Add Figure 9: a face, then more, then everything."""
    body, deeds = _list_present(study, BODY), _list_present(study, BEHAVIOUR)
    added = {
        "face": ((("face",),), "accuracy 78.6 %"),
        "face, physiology": ((("face",), body), "accuracy 82.4 %"),
        "face, physiology, behaviour": ((("face",), body, deeds), "accuracy 85.2 %"),
        ALL_INPUTS: ((tuple(study.inputs),), ""),
    }
    for name, (groups, figure) in added.items():
        modalities = tuple(sorted(each for group in groups for each in group))
        if not all(groups) or not set(modalities) <= study.inputs.keys():
            plan.refuse(3, "Figure 9", f"{name}: not in the data")
            continue
        row = PlannedRow("Figure 9", name, cohort, "attention", modalities)
        made = study.only(modalities)
        plan.rows.append(PaperRow(3, row, made, _fit_fusion, figure, said))


def _list_present(study: WindowStudy, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name in study.inputs)


def fit_soft_margin(study: WindowStudy, fold: Fold, job: Job, profile: BenchmarkProfile) -> Kept:
    """Fit one linear machine a class by equations 3 and 4; return the objective's value too."""
    del job, profile
    train, test = study.part(fold.train), study.part(fold.test)
    made = make_summary_pipeline(OneVsRestClassifier(SVC(C=SVM_C, kernel="linear")))
    made.fit(train.x, train.labels)
    ready, machines = made[:-1].transform(train.x), made[-1].estimators_
    values = [
        objective(
            one.coef_[0],
            float(one.intercept_[0]),
            SVM_C,
            ready,
            np.where(train.labels == label, 1.0, -1.0),
        )
        for label, one in zip(made.classes_, machines, strict=True)
    ]
    proba = np.zeros((len(test), len(study.classes)))
    proba[np.arange(len(test)), made.predict(test.x)] = 1.0
    return {"proba": proba, "objective": np.array(values)}


def augment_faces(study: WindowStudy, fold: Fold, job: Job) -> tuple[WindowStudy, Fold]:
    """Return the study with a changed copy of each training picture, and the fold that has them."""
    rng = np.random.default_rng([job.seed, job.fold, 11])
    more = [augment_face(study.x[at][None], rng)[0] for at in fold.train]
    both = np.concatenate([np.arange(len(study)), fold.train])
    larger = replace(study.part(both), x=np.concatenate([study.x, np.stack(more)]))
    train = np.concatenate([fold.train, np.arange(len(study), len(both))])
    return larger, Fold(train, fold.test, fold.digest)


def make_face_network(profile: BenchmarkProfile, **changes: Any) -> FaceNetworkConfig:
    """Return the facial sub-network of a profile's size."""
    full = profile.how["profile"] == "paper"
    return replace(FaceNetworkConfig() if full else FaceNetworkConfig.small(), **changes)


def take_options(profile: BenchmarkProfile, seed: int) -> dict[str, Any]:
    """Return the options of `NetworkClassifier`."""
    how = {name: value for name, value in profile.how.items() if name != "profile"}
    return how | {"random_state": seed}


def _fit_estimator(name: str) -> FitFold:
    def fit(study: WindowStudy, fold: Fold, job: Job, profile: BenchmarkProfile) -> Kept:
        form = cast("Any", profile.how["profile"])
        made = make_paper_3(study.inputs, form, **take_options(profile, job.seed))[name]
        return fold_jobs.fit_fold(made, study, fold, job, profile)

    return fit


def _fit_face(augmented: bool) -> FitFold:
    def fit(study: WindowStudy, fold: Fold, job: Job, profile: BenchmarkProfile) -> Kept:
        if augmented:
            study, fold = augment_faces(study, fold, job)
        network = NetworkClassifier(make_face_network(profile), **take_options(profile, job.seed))
        made = Pipeline([("network", network)])
        return fold_jobs.fit_fold(made, study, fold, job, profile)

    return fit


def _fit_fusion(study: WindowStudy, fold: Fold, job: Job, profile: BenchmarkProfile) -> Kept:
    """Fit encoders with the paper's attention over modalities."""
    made = estimators.make_estimator("fused", study, {**profile.how, "random_state": job.seed})
    return fold_jobs.fit_fold(made, study, fold, job, profile)


def _fit_summary(name: str) -> FitFold:
    def fit(study: WindowStudy, fold: Fold, job: Job, profile: BenchmarkProfile) -> Kept:
        form = cast("Any", profile.how["profile"])
        made = make_paper_2(study.inputs, form, **take_options(profile, job.seed))[name]
        return fold_jobs.fit_fold(made, study, fold, job, profile)

    return fit


def _fit_body(study: WindowStudy, fold: Fold, job: Job, profile: BenchmarkProfile) -> Kept:
    full = profile.how["profile"] == "paper"
    config = BodyNetworkConfig() if full else BodyNetworkConfig.small()
    made = make_step_pipeline(config, **take_options(profile, job.seed))
    return fold_jobs.fit_fold(made, study, fold, job, profile)


def _describe_data(data: FaceData) -> PaperJob:
    """Return the line of Table 1 that DAiSEE has."""

    def report(kept: Kept) -> Iterator[Line]:
        yield {
            "paper": 3,
            "table": "Table 1",
            "row": "DAiSEE",
            "people": int(kept["people"]),
            "clips": int(kept["clips"]),
            "printed": "84 learners, 9,068 clips, seven emotions",
            "differs": "the data set has 112 people and four states in four levels",
        }

    facts = {"people": np.array(data.people), "clips": np.array(data.clips)}
    return PaperJob(f"3_table_1_{data.people}_{data.clips}", lambda: facts, report)
