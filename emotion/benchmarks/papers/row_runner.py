"""Runs the rows of a plan fold by fold, each stored, and computes their figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from emotion.benchmarks.affect import fold_jobs
from emotion.benchmarks.affect.fold_jobs import Job, Kept
from emotion.benchmarks.affect.fold_metrics import (
    RowResults,
    compare_with_baselines,
    figures,
    join_folds,
)
from emotion.benchmarks.affect.plan import PlannedRow
from emotion.benchmarks.affect.result_store import ResultStore
from emotion.benchmarks.papers.paper_plan import Line, PaperPlan, PaperRow, Say
from emotion.evaluation.dataset import WindowStudy
from emotion.evaluation.splits import Fold, split_by_people

# Fewer rows of a label in a training part cannot calibrate a support vector machine (assumed).
LEAST_ROWS = 5
# A network stops by people who neither train nor are tested.
LEAST_PEOPLE = 4
# They know only the majority, the video or the time.
TRIVIAL = ("prior", "video-ID", "time in sitting")


@dataclass
class RowRunner:
    """The folds of every row, done once.

    Attributes
    ----------
    state : ResultStore
    say : callable
        Receives a line for each fit.
    rows : sequence of PaperRow
        Those that could be run, baselines included.
    """

    state: ResultStore
    say: Say
    rows: list[PaperRow] = field(default_factory=list)
    _found: dict[int, RowResults] = field(default_factory=dict)

    @property
    def seed(self) -> int:
        """Return the seed of splits, weights and bootstrap draws."""
        return self.state.profile.seeds[0]

    def run(self, plan: PaperPlan) -> None:
        """Do every missing fit; a row whose data are too few is recorded as not run."""
        ready = []
        for row in plan.rows:
            if why := find_obstacle(self.split(row.study), row.study):
                plan.refuse(row.paper, row.planned.table, f"{row.planned.name}: {why}")
            else:
                ready.append(row)
        self.rows = [*_list_baselines(ready), *ready]
        for number, row in enumerate(self.rows, start=1):
            self.say(f"row {number} of {len(self.rows)}: {row.planned.table}, {row.planned.name}")
            self._found[id(row)] = self._run_row(row)

    def split(self, study: WindowStudy) -> list[Fold]:
        """Return the folds over people, the same for every row of the same people."""
        count = min(self.state.profile.folds, len(np.unique(study.people)))
        if count < 2:
            return []
        return split_by_people(study, count, rng=np.random.default_rng([self.seed, 5]))

    def collect(self, table: str, name: str) -> RowResults | None:
        """Return a row's results by its table and name, or None if it was not run."""
        for row in self.rows:
            if (row.planned.table, row.planned.name) == (table, name):
                return self._found[id(row)]
        return None

    def make_lines(self) -> Iterator[Line]:
        """Yield each row with the paper's figure, ours, and the gain over the best baseline."""
        for row in self.rows:
            found = self._found[id(row)]
            line = _make_head(row) | figures(found, seed=self.seed)
            if row.planned.table != "baselines":
                known = [
                    self._found[id(one)]
                    for one in self.rows
                    if one.planned.table == "baselines" and _same_labels(one.study, row.study)
                ]
                gain = compare_with_baselines(found, known, told=frozenset(), seed=self.seed)
                line |= {name: gain[name] for name in ("best_baseline", "gain", "win")}
            yield line

    def _run_row(self, row: PaperRow) -> RowResults:
        kept = []
        for number, fold in enumerate(self.split(row.study)):
            # The digest says which rows are tested: a data set's parts have the same name.
            kept.append(self._run_fold(row, fold, f"{row.key}_{number}_{fold.digest}", number))
        return join_folds(row.planned, tuple(kept), [0] * len(kept))

    def _run_fold(self, row: PaperRow, fold: Fold, key: str, number: int) -> Kept:
        def fit() -> Kept:
            self.say(f"fold {number + 1}: {row.planned.name}")
            job = Job(row.planned, self.seed, number)
            return row.fit(row.study, fold, job, self.state.profile)

        told = self.state.remember(key, fit)
        proba = told.get(f"{row.target}_proba", told.get("proba"))
        test = row.study.part(fold.test)
        facts: Kept = {
            "proba": np.asarray(proba),
            "labels": test.labels,
            "people": test.people,
            "videos": test.videos,
            "times": test.times,
            "digest": np.array(fold.digest),
        }
        groups = {f"group_{kind}": codes for kind, codes in test.groups.items()}
        return {**told, **facts, **groups}


def find_obstacle(folds: Sequence[Fold], study: WindowStudy) -> str:
    """Return why a study cannot be learned from, or ""."""
    if len(np.unique(study.people)) < LEAST_PEOPLE:
        return f"expected {LEAST_PEOPLE} people or more, got {len(np.unique(study.people))}"
    for fold in folds:
        counts = np.bincount(study.labels[fold.train], minlength=len(study.classes))
        if counts.min() < LEAST_ROWS:
            name = study.classes[int(counts.argmin())]
            return f"a training part has {counts.min()} rows of {name}, {LEAST_ROWS} are needed"
    return ""


def _list_baselines(rows: Sequence[PaperRow]) -> list[PaperRow]:
    """Return the baselines of each distinct set of labels."""
    once: list[PaperRow] = []
    for row in rows:
        if not any(_same_labels(row.study, one.study) for one in once):
            once.append(row)
    found = []
    for row in once:
        cohort = row.planned.cohort
        where = cohort if cohort.endswith(row.target) else f"{cohort} {row.target}"
        for name in TRIVIAL:
            planned = PlannedRow("baselines", f"{name}, {where}", where, name, ())
            found.append(
                replace(
                    row,
                    planned=planned,
                    fit=fold_jobs.run_fold,
                    printed="",
                    differs="not in the paper",
                )
            )
    return found


def _same_labels(one: WindowStudy, other: WindowStudy) -> bool:
    return (
        one.classes == other.classes
        and np.array_equal(one.labels, other.labels)
        and np.array_equal(one.people, other.people)
    )


def _make_head(row: PaperRow) -> Line:
    planned = row.planned
    return {
        "paper": row.paper,
        "table": planned.table,
        "row": planned.name,
        **({"target": row.target} if row.target else {}),
        "data": planned.cohort,
        "classes": " ".join(row.study.classes),
        "modalities": " ".join(planned.modalities),
        "printed": row.printed,
        "differs": row.differs,
    }
