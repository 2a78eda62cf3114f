"""Paper 2's VideoMAE rows: ways of pre-training (Table 3), crops (Figure 4), and Table 4's row."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from emotion.benchmarks.affect.fold_jobs import Job, Kept
from emotion.benchmarks.affect.plan import BenchmarkProfile, PlannedRow
from emotion.benchmarks.papers import face_films
from emotion.benchmarks.papers.clip_data import ClipData, FaceFilm
from emotion.benchmarks.papers.face_films import FilmClips
from emotion.benchmarks.papers.paper_2 import to_probabilities
from emotion.benchmarks.papers.paper_plan import FitFold, PaperPlan, PaperRow
from emotion.datasets import WrongFolder
from emotion.evaluation.dataset import WindowStudy
from emotion.evaluation.splits import Fold
from emotion.networks.videomae import (
    LARGER,
    SMALLER,
    PretrainingPlan,
    Shape,
    VideoMaeSchedule,
    VideoSource,
    learn,
    list_plans,
)

KINETICS = "kinetics-400"
SCRATCH = "no pre-training"
_MODALITIES = ("video",)
_TINY = Shape(32, 8, 2, 24, 2, 2, 16, 1, 2)
_SHAPES = {"quick": _TINY, "small": Shape.small(), "full": Shape.paper()}
_SCHEDULES = {
    "quick": VideoMaeSchedule(1, 1, 1, 1e-3),
    "small": VideoMaeSchedule(3, 3, 3),
    "full": VideoMaeSchedule(),
}
# Weighted F1 of valence in Table 3, of (arousal, valence) in Table 4.
_TABLE_3: Mapping[str, Mapping[str, str]] = {
    "amigos": {"i": "49 ± 5", "ii": "50 ± 4", "general": "51 ± 6", "iii": "59 ± 5"},
    "deap": {"i": "52 ± 4", "ii": "55 ± 7", "general": "53 ± 5", "iii": "60 ± 6"},
}
_TABLE_4 = {"amigos": ("53 ± 6", "59 ± 5"), "deap": ("52 ± 3", "60 ± 6")}
_DIFFERS = "pictures of 4 a second, crops and schedule ours; intervals over people"


@dataclass(frozen=True, slots=True)
class PretrainingData:
    """What is there besides the target data set.

    Attributes
    ----------
    weights : Path or None
        VideoMAE's, learned from Kinetics-400 without labels.
    kinetics : Path or None
        Kinetics-400 itself, `<class>/<film>`.
    other : ClipData or None
        The second emotion data set, of name `other_name`.
    """

    weights: Path | None = None
    kinetics: Path | None = None
    other: ClipData | None = None
    other_name: str = "other"

    def find_obstacle(self, way: PretrainingPlan, target: str) -> str:
        """Return what a way of pre-training lacks, or ""."""
        if KINETICS in way.reconstruct and self.weights is None and self.kinetics is None:
            return "VideoMAE's weights (--weights) or Kinetics-400 (--kinetics)"
        if KINETICS in way.classify and self.kinetics is None:
            return "Kinetics-400 with its classes (--kinetics)"
        named = {*way.reconstruct, *way.classify} - {KINETICS, target}
        return "the other emotion data set (--other)" if named and self.other is None else ""


def plan_videos(plan: PaperPlan, data: ClipData, cohort: str, given: PretrainingData) -> None:
    """Add Table 3, Figure 4 and Table 4's VideoMAE row, where the data allow it."""
    rows, why = face_films.find_readable(data.faces)
    if not len(rows):
        for table in ("Table 3", "Figure 4", "Table 4"):
            plan.refuse(2, table, f"VideoMAE: {why}")
        return
    if why:
        plan.notes.append(f"VideoMAE reads {len(rows)} of {len(data.faces)} films: {why}")
    ways = list_plans(cohort, given.other_name, KINETICS)
    ways = {SCRATCH: PretrainingPlan(()), **ways}
    ways["general"] = PretrainingPlan((KINETICS,), (KINETICS,))
    ready = []
    for name in (SCRATCH, "i", "ii", "general", "iii"):
        if lost := given.find_obstacle(ways[name], cohort):
            plan.refuse(2, "Table 3", f"way {name} needs {lost}")
            continue
        ready.append(name)
        printed = _TABLE_3[cohort].get(name, "")
        _add_row(
            plan,
            data,
            rows,
            cohort,
            ("Table 3", f"{name}, valence", name),
            printed,
            "valence",
            _fit(ways[name], data, rows, cohort, given, LARGER),
        )
    _plan_crops(plan, data, rows, cohort, given, (ready[-1], ways[ready[-1]]))


def _plan_crops(
    plan: PaperPlan,
    data: ClipData,
    rows: NDArray[np.int64],
    cohort: str,
    given: PretrainingData,
    chosen: tuple[str, PretrainingPlan],
) -> None:
    """Add both crops with the fullest way of pre-training, and its row of Table 4."""
    name, way = chosen
    for crop, margin in (("X, larger", LARGER), ("Y, smaller", SMALLER)):
        kind = name if margin == LARGER else f"{name}-smaller"
        _add_row(
            plan,
            data,
            rows,
            cohort,
            ("Figure 4", f"crop {crop}, valence", kind),
            "X is 7-9 points better" if margin == LARGER else "",
            "valence",
            _fit(way, data, rows, cohort, given, margin),
        )
    for target, figure in zip(("arousal", "valence"), _TABLE_4[cohort], strict=True):
        _add_row(
            plan,
            data,
            rows,
            cohort,
            ("Table 4", f"VideoMAE ({name}), {target}", name),
            figure,
            target,
            _fit(way, data, rows, cohort, given, LARGER),
        )


def _add_row(
    plan: PaperPlan,
    data: ClipData,
    rows: NDArray[np.int64],
    cohort: str,
    where: tuple[str, str, str],
    printed: str,
    target: str,
    fit: FitFold,
) -> None:
    table, name, kind = where
    row = PlannedRow(table, name, f"{cohort} films", "VideoMAE", _MODALITIES, kind=kind)
    figure = f"weighted F1 {printed} %" if printed and printed[0].isdigit() else printed
    plan.rows.append(
        PaperRow(2, row, data.studies[target].part(rows), fit, figure, _DIFFERS, target)
    )


def _fit(
    way: PretrainingPlan,
    data: ClipData,
    rows: NDArray[np.int64],
    cohort: str,
    given: PretrainingData,
    margin: float,
) -> FitFold:
    faces = [face for face in (data.faces[row] for row in rows) if face is not None]
    levels = data.series.targets[rows]

    def fit_fold(study: WindowStudy, fold: Fold, job: Job, profile: BenchmarkProfile) -> Kept:
        del study
        films = FilmClips(_find_side(given, way, profile), margin)
        mine = films.make_source([faces[at] for at in fold.train], levels[fold.train])
        sources = {cohort: mine, **_make_others(given, way, films)}
        branch = learn(
            way,
            cohort,
            sources,
            shape=_SHAPES[profile.name],
            schedule=_SCHEDULES[profile.name],
            seed=job.seed,
            say=lambda _: None,
            folder=given.weights if KINETICS in way.reconstruct else None,
            known=(KINETICS,) if given.weights else (),
        )
        with torch.inference_mode():
            said = [branch.video(films.read(faces[at]), cohort).numpy() for at in fold.test]
        return to_probabilities(np.stack(said))

    return fit_fold


def _find_side(given: PretrainingData, way: PretrainingPlan, profile: BenchmarkProfile) -> int:
    """Return the side of the pictures: the weights' own, if they are used."""
    if given.weights is None or KINETICS not in way.reconstruct:
        return _SHAPES[profile.name].side
    told = json.loads((given.weights / "config.json").read_text(encoding="utf-8"))
    return int(told["image_size"])


def _make_others(
    given: PretrainingData, way: PretrainingPlan, films: FilmClips
) -> dict[str, VideoSource]:
    """Return the sources of a way of pre-training, without the target's."""
    found, named = {}, {*way.reconstruct, *way.classify}
    if KINETICS in named and given.kinetics is not None:
        found[KINETICS] = face_films.make_general_source(given.kinetics, films.side)
    if given.other_name in named and given.other is not None:
        rows, why = face_films.find_readable(given.other.faces)
        if not len(rows):
            raise WrongFolder(f"--other: {why}")
        faces: Sequence[FaceFilm] = [f for f in (given.other.faces[r] for r in rows) if f]
        found[given.other_name] = films.make_source(faces, given.other.series.targets[rows])
    return found
