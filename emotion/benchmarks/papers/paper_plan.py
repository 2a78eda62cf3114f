"""The plan of `benchmark papers` for a layout: rows, other jobs, figures, and what is missing.

A table of paper 1 is defined once, in `emotion.benchmarks.affect.plan`; here it is only read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from emotion.benchmarks.affect.fold_jobs import Job, Kept
from emotion.benchmarks.affect.fold_metrics import RowResults
from emotion.benchmarks.affect.plan import BenchmarkProfile, PlannedRow
from emotion.evaluation.dataset import WindowStudy
from emotion.evaluation.splits import Fold

Line = dict[str, object]
Say = Callable[[str], None]
FitFold = Callable[[WindowStudy, Fold, Job, BenchmarkProfile], Kept]
CollectRow = Callable[[str, str], RowResults | None]


@dataclass(frozen=True, slots=True, eq=False)
class PaperRow:
    """One line of a table of a paper.

    Attributes
    ----------
    paper : int
    planned : PlannedRow
        Its table, name, model and data; `key` names its stored folds.
    study : WindowStudy
        Labels, people, videos and times; the inputs too, unless `fit` has its own.
    fit : callable
        Fits on a fold's training part and returns at least the test rows' `proba` (n, K).
    printed : str
        The paper's figure, with its name and unit; "" if the paper has no such row.
    differs : str
        What is different from the paper.
    target : str
        Which of several answers of one network this is; "" if it has one.
    """

    paper: int
    planned: PlannedRow
    study: WindowStudy
    fit: FitFold
    printed: str = ""
    differs: str = ""
    target: str = ""

    @property
    def key(self) -> str:
        """Return the name of its stored folds; targets of one network share them."""
        return f"{self.paper}_{self.planned.key}".replace("/", "-")


@dataclass(frozen=True, slots=True)
class PaperJob:
    """A result that is no row, such as counts of labels or a grid.

    Attributes
    ----------
    key : str
        Name of its stored result.
    make : callable
    report : callable
        Yields lines from the stored result.
    """

    key: str
    make: Callable[[], Kept]
    report: Callable[[Kept], Iterator[Line]]


@dataclass(frozen=True, slots=True)
class PaperPlan:
    """Everything that a layout can and cannot do.

    Attributes
    ----------
    rows, jobs : sequences
    figures : sequence of callables
        Each yields lines from `collect(table, name)`, the results of a row that was run, or None.
    missing : mapping from (paper, table) to str
        Why a table or some of its rows cannot be run, in one sentence; without the last stop.
    notes : tuple of str
        What was left out of the data.
    """

    rows: list[PaperRow] = field(default_factory=list)
    jobs: list[PaperJob] = field(default_factory=list)
    figures: list[Callable[[CollectRow], Iterator[Line]]] = field(default_factory=list)
    missing: dict[tuple[int, str], str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def refuse(self, paper: int, table: str, why: str) -> None:
        """Record that a table, or part of it, cannot be run."""
        known = self.missing.get((paper, table))
        self.missing[(paper, table)] = why if known is None else f"{known}; {why}"


# What each table and figure needs; the layouts that have it.
CATALOGUE: Mapping[tuple[int, str], str] = {
    (1, "Table 1"): "labelled windows: vlmed, mahnob, simulated",
    (1, "Table 2"): "gaze, PPG and video semantics: vlmed, simulated",
    (1, "Table 3"): "gaze, PPG and texts of the videos: vlmed, simulated",
    (1, "Table 4"): "gaze, PPG and video semantics: vlmed, simulated",
    (1, "Table 5"): "EEG, eye movements and texts of the films: mahnob",
    (1, "Figure 3"): "gaze, PPG and video semantics: vlmed, simulated",
    (1, "Figure 4"): "gaze, PPG and video semantics: vlmed, simulated",
    (1, "Figure 5"): "gaze, PPG and video semantics: vlmed, simulated",
    (1, "components"): "gaze, PPG and video semantics: vlmed, simulated",
    (2, "Figure 3"): "self-assessed valence and arousal: deap, amigos, simulated",
    (2, "Table 3"): "videos of faces: deap, amigos",
    (2, "Figure 4"): "videos of faces: deap, amigos",
    (2, "Table 4"): "clips with a heart signal, EDA and faces: deap, amigos, simulated",
    (3, "Table 1"): "a data set of faces: daisee",
    (3, "Table 2"): "faces: daisee; of simulated people KNN+AU only",
    (3, "Table 3"): "faces: daisee; of simulated people MLP only",
    (3, "Table 4"): "a face's features over time: daisee, simulated",
    (3, "Table 5"): "learners in three scenarios: simulated",
    (3, "equations 3-4"): "heart rate and skin conductance: wesad, simulated",
    (3, "physiological sub-network"): "heart rate and skin conductance: wesad",
    (3, "facial sub-network"): "pictures of faces: daisee",
    (3, "Figure 4"): "a trained network of paper 3: daisee, wesad, simulated",
    (3, "Figure 5"): "a network of paper 3 to tune: daisee, simulated",
    (3, "Figure 6"): "Table 2",
    (3, "Figures 7-8"): "a trained network of paper 3: daisee, simulated",
    (3, "Figure 9"): "face, physiology and behaviour of the same people: simulated",
}


def list_missing(plan: PaperPlan, layout: str, found: set[tuple[int, str]]) -> Iterator[Line]:
    """Yield a line for each table or figure that was not run, and for each part that was not."""
    for (paper, table), needs in CATALOGUE.items():
        why = plan.missing.get((paper, table))
        if why is None and (paper, table) in found:
            continue
        said = why or f"needs {needs}; layout {layout} has no such data"
        part = "in part" if (paper, table) in found else "not at all"
        yield {"paper": paper, "table": table, "not_run": f"{said}.", "extent": part}
