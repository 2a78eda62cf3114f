"""The layouts of data sets that `benchmark papers` reads, and what is planned on each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from emotion.benchmarks.affect import fold_jobs
from emotion.benchmarks.affect.plan import SIX, TEXT, BenchmarkProfile, PlannedRow
from emotion.benchmarks.affect.result_store import ResultStore
from emotion.benchmarks.papers import paper_1, paper_2, paper_3, paper_3_figures, video_mae_rows
from emotion.benchmarks.papers.body_data import load_wesad
from emotion.benchmarks.papers.clip_data import load_amigos, load_deap, simulate_clips
from emotion.benchmarks.papers.face_data import load_daisee
from emotion.benchmarks.papers.paper_plan import CATALOGUE, PaperPlan
from emotion.benchmarks.papers.snapshot_data import NoLabels, load_snapshot
from emotion.benchmarks.papers.video_mae_rows import PretrainingData
from emotion.benchmarks.papers.window_data import load_mahnob, load_vlmed
from emotion.evaluation.dataset import WindowStudy


@dataclass(frozen=True, slots=True)
class LayoutInput:
    """What a layout's plan is made from.

    Attributes
    ----------
    folder : Path
        The data set; unused by "simulated" and "snapshot".
    state : ResultStore
    other, weights, kinetics : Path or None
        The second emotion data set, VideoMAE's weights, and Kinetics-400.
    signal : float
        Factor of every simulated effect.
    paper : int or None
        The only paper to plan, where a layout has several; None = all.
    packed : bytes
        The snapshot.
    """

    folder: Path
    state: ResultStore
    other: Path | None = None
    weights: Path | None = None
    kinetics: Path | None = None
    signal: float = 1.0
    paper: int | None = None
    packed: bytes = b""

    def wants(self, paper: int) -> bool:
        """Return whether this paper is planned."""
        return self.paper in (None, paper)

    @property
    def profile(self) -> BenchmarkProfile:
        """Return the extent of the run."""
        return self.state.profile


def plan_vlmed(given: LayoutInput) -> PaperPlan:
    """Plan paper 1 on a folder with `manifest.csv`."""
    plan, data = PaperPlan(), load_vlmed(given.folder)
    said = "features of eyes and pulse, and the encoder of texts, are ours"
    paper_1.plan_learning(plan, lambda kind: data.studies.get(("", kind)), "vlmed", said)
    plan.notes.extend(data.notes)
    return plan


def plan_mahnob(given: LayoutInput) -> PaperPlan:
    """Plan paper 1's Table 5."""
    plan = PaperPlan()
    paper_1.plan_mahnob(plan, load_mahnob(given.folder))
    return plan


def plan_deap(given: LayoutInput) -> PaperPlan:
    """Plan paper 2 on DEAP; the other data set is AMIGOS."""
    plan, data = PaperPlan(), load_deap(given.folder)
    other = load_amigos(given.other) if given.other else None
    paper_2.plan_clips(plan, data, "deap")
    pretraining = PretrainingData(given.weights, given.kinetics, other, "amigos")
    video_mae_rows.plan_videos(plan, data, "deap", pretraining)
    return plan


def plan_amigos(given: LayoutInput) -> PaperPlan:
    """Plan paper 2 on AMIGOS; the other data set is DEAP."""
    plan, data = PaperPlan(), load_amigos(given.folder)
    other = load_deap(given.other) if given.other else None
    paper_2.plan_clips(plan, data, "amigos")
    pretraining = PretrainingData(given.weights, given.kinetics, other, "deap")
    video_mae_rows.plan_videos(plan, data, "amigos", pretraining)
    return plan


def plan_daisee(given: LayoutInput) -> PaperPlan:
    """Plan paper 3's tables on faces."""
    side = paper_3.make_face_network(given.profile).side
    plan, data = PaperPlan(), load_daisee(given.folder, side, given.state)
    paper_3.plan_faces(plan, data)
    if data.pictures is None:
        plan.refuse(3, "Figure 5", "needs clips that can be read as videos")
        return plan
    paper_3_figures.plan_face_grid(plan, data.pictures, given.profile)
    paper_3_figures.plan_figures(
        plan, "facial sub-network", paper_3.FACE_NETWORK, data.pictures.classes
    )
    return plan


def plan_wesad(given: LayoutInput) -> PaperPlan:
    """Plan paper 3's physiology."""
    plan, study = PaperPlan(), load_wesad(given.folder)
    paper_3.plan_body(plan, study, "wesad")
    name = "physiological sub-network"
    paper_3_figures.plan_figures(plan, name, name, study.classes)
    return plan


def plan_simulated(given: LayoutInput) -> PaperPlan:
    """Plan everything that simulated people allow, of all three papers."""
    plan, profile = PaperPlan(), given.profile

    def simulate(kind: str) -> WindowStudy:
        shown = "description" if kind == "none" else kind
        cohort = "additive" if given.signal else "zero signal"
        row = PlannedRow("", "", cohort, "", SIX, kind=shown)
        return fold_jobs.simulate_study(row, profile, profile.seeds[0])

    if given.wants(1):
        said = "SIMULATED people; semantics are vectors of a generator, not of a text"
        paper_1.plan_learning(plan, simulate, "simulated", said)
    if given.wants(2):
        clips = simulate_clips(profile.people, profile.segments, profile.seeds[0], given.signal)
        paper_2.plan_clips(plan, clips, "simulated")
    if given.wants(3):
        study = simulate("description")
        said = "SIMULATED people; a face is a table of features, not a picture"
        paper_3.plan_windows(plan, study, "simulated", said)
        _plan_fusion_figures(plan, study, profile, "simulated")
        paper_3_figures.plan_scenarios(plan, "Figure 9", paper_3.ALL_INPUTS)
    return plan


def plan_snapshot(given: LayoutInput) -> PaperPlan:
    """Plan papers 1 and 3 on the Windows of a snapshot; it has no clips and no pictures."""
    plan = PaperPlan()
    try:
        data = load_snapshot(given.packed)
    except NoLabels as why:
        for paper, table in CATALOGUE:
            plan.refuse(paper, table, str(why))
        return plan
    people = "SIMULATED people" if data.simulated else "people's reports and experts' labels"
    said = f"{people}; features are those that Predictors read"
    if given.wants(1):
        studies = {"none": data.study, "description": _require_semantics(data.study)}
        paper_1.plan_learning(plan, studies.get, "snapshot", said)
    if given.wants(3):
        paper_3.plan_windows(plan, data.study, "snapshot", f"{said}; a face is such a table too")
        _plan_fusion_figures(plan, data.study, given.profile, "snapshot")
    plan.notes.append(f"{data.left_out} windows without one of the four labels")
    return plan


def _require_semantics(study: WindowStudy) -> WindowStudy | None:
    return study if TEXT in study.inputs else None


def _plan_fusion_figures(
    plan: PaperPlan, study: WindowStudy, profile: BenchmarkProfile, cohort: str
) -> None:
    """Add the grid and the figures of paper 3's attention over modalities."""
    paper_3_figures.plan_fusion_grid(plan, study, profile, cohort)
    paper_3_figures.plan_figures(plan, "Figure 9", paper_3.ALL_INPUTS, study.classes)


LAYOUTS: Mapping[str, Callable[[LayoutInput], PaperPlan]] = {
    "amigos": plan_amigos,
    "daisee": plan_daisee,
    "deap": plan_deap,
    "mahnob": plan_mahnob,
    "simulated": plan_simulated,
    "snapshot": plan_snapshot,
    "vlmed": plan_vlmed,
    "wesad": plan_wesad,
}
