"""Rows of the report from stored results: tables with their baselines, then findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from emotion.baselines.feature_columns import summarise
from emotion.benchmarks.affect import benchmark_rows
from emotion.benchmarks.affect.estimators import USES_LABELS
from emotion.benchmarks.affect.fold_jobs import make_folds, simulate_study
from emotion.benchmarks.affect.fold_metrics import (
    RowResults,
    collect_results,
    compare_with_baselines,
    figures,
)
from emotion.benchmarks.affect.plan import EYE, PULSE, PlannedRow, Split
from emotion.benchmarks.affect.result_store import ResultStore
from emotion.evaluation.statistics import permutation_test
from emotion.labels import PAPER_1
from emotion.simulate.lab import scenarios

Say = Callable[[str], None]
Line = dict[str, object]

NAMES = tuple(str(label) for label in PAPER_1)


@dataclass
class Results:
    """Results of planned rows, each collected once.

    Attributes
    ----------
    state : ResultStore
    rows : sequence of PlannedRow
    seed : int
        Of the bootstrap draws.
    """

    state: ResultStore
    rows: Sequence[PlannedRow]
    seed: int = 0
    _found: dict[PlannedRow, RowResults] = field(default_factory=dict)

    def collect(self, row: PlannedRow) -> RowResults:
        """Return the results of a row's folds."""
        if row not in self._found:
            self._found[row] = collect_results(self.state, row)
        return self._found[row]

    def select(self, **wanted: object) -> list[RowResults]:
        """Return the rows with these field values."""
        return [
            self.collect(row)
            for row in self.rows
            if all(getattr(row, name) == value for name, value in wanted.items())
        ]

    def select_first(self, **wanted: object) -> RowResults | None:
        """Return the first such row, or None if it was not run."""
        found = self.select(**wanted)
        return found[0] if found else None

    def baselines(self, cohort: str, split: Split) -> list[RowResults]:
        """Return the baselines of a cohort and a split."""
        return self.select(table="baselines", cohort=cohort, split=split)


def make_lines(results: Results, say: Say) -> Iterator[Line]:
    """Yield the tables' rows, then the findings."""
    for row in results.rows:
        say(f"figures of table {row.table}, {row.cohort}, {row.name}")
        yield (
            _make_leaky_line(results, row)
            if row.split.startswith("leaky")
            else _make_line(results, row)
        )
    say("findings")
    for line in _make_findings(results):
        yield {n: v.item() if isinstance(v, np.generic) else v for n, v in line.items()}


def _make_line(results: Results, row: PlannedRow) -> Line:
    found = results.collect(row)
    line = _make_head(row) | figures(found, seed=results.seed)
    baselines = results.baselines(row.cohort, row.split)
    if row.table != "baselines" and any(b.row.model not in USES_LABELS for b in baselines):
        line |= compare_with_baselines(found, baselines, told=USES_LABELS, seed=results.seed)
    return line


def _make_leaky_line(results: Results, row: PlannedRow) -> Line:
    """Return only accuracy: with people on both sides an interval is meaningless."""
    found = results.collect(row)
    right = float(np.mean(found.guess == found.labels))
    return _make_head(row) | {
        "LEAKY": True,
        "windows": len(found.labels),
        "accuracy": round(right, 4),
    }


def _make_head(row: PlannedRow) -> Line:
    return {
        "table": row.table,
        "row": row.name,
        "cohort": row.cohort,
        "split": row.split,
        "modalities": " ".join(row.modalities),
        "semantics": row.kind if "semantics" in row.modalities else "none",
        "paper_accuracy": row.paper,
    }


def _make_findings(results: Results) -> Iterator[Line]:
    seed = results.seed
    honest = [
        *results.select(table="honest"),
        *results.select(cohort="zero signal", model="logistic"),
    ]
    yield from benchmark_rows.rate_honesty(honest, results.select(table="leaky"), seed=seed)
    yield from _make_video_findings(results)
    yield from _make_permutation_tests(results)
    ours = results.select_first(model="ours", cohort="at home")
    if ours is not None:
        yield from _make_own_findings(results, ours)
    fused = results.select_first(model="fused")
    if fused is not None:
        yield from benchmark_rows.rate_explanations(fused, seed=seed)


def _make_own_findings(results: Results, ours: RowResults) -> Iterator[Line]:
    seed = results.seed
    logistic = results.select_first(model="logistic", cohort="at home")
    if logistic is not None:
        yield benchmark_rows.rate_affect(ours, logistic, seed=seed)
    yield from benchmark_rows.rate_states(ours, NAMES, seed=seed)
    yield benchmark_rows.rate_calibration(ours, seed=seed)
    yield benchmark_rows.rate_abstention(ours)
    yield from benchmark_rows.rate_sets(ours, NAMES)
    yield from benchmark_rows.rate_missing(ours)
    inputs = simulate_study(ours.row, results.state.profile, results.state.profile.seeds[0]).inputs
    yield from benchmark_rows.rate_corruption(ours, inputs)
    yield from benchmark_rows.rate_scenarios(ours, scenarios(), seed=seed)
    yield from benchmark_rows.rate_gaps(ours, seed=seed)
    yield from benchmark_rows.rate_planted_gaps(ours, seed=seed)


def _make_video_findings(results: Results) -> Iterator[Line]:
    both = [found for found in results.select(cohort="additive") if found.row.split == "both"]
    pairs = {}
    for model in ("ours", "logistic"):
        mine = {found.row.modalities: found for found in both if found.row.model == model}
        if len(mine) == 2:
            without, with_them = sorted(mine, key=len)
            pairs[model] = (mine[without], mine[with_them])
    trivial = {found.row.model: found for found in both}
    if "video-ID" in trivial:
        yield from benchmark_rows.rate_semantics(pairs, trivial, seed=results.seed)


def _make_permutation_tests(results: Results) -> Iterator[Line]:
    """Yield permutation tests, with and without a signal."""
    profile = results.state.profile
    for cohort in ("additive", "zero signal"):
        row = results.select_first(cohort=cohort, model="prior", split="people")
        if row is None:
            continue
        study = simulate_study(row.row, profile, profile.seeds[0]).only((EYE, PULSE))
        parts = make_folds(study, row.row, profile, profile.seeds[0])
        columns = summarise(study.x).astype(np.float64)
        rng = np.random.default_rng(results.seed)
        f1, p = permutation_test.p_value(study, columns, parts, rng=rng, refits=profile.refits)
        yield {
            "finding": "permutation",
            "what": f"least squares on gaze and ppg, {cohort}, labels dealt anew in person's video",
            "macro_f1": round(f1, 4),
            "p": round(p, 4),
            "refits": profile.refits,
        }
