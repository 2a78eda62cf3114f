"""From kept results to the rows of the report: tables with their baselines, then findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from emotion.baselines.feature_columns import summarise
from emotion.benchmarks.affect import benchmark_rows
from emotion.benchmarks.affect.estimators import TOLD
from emotion.benchmarks.affect.fold_jobs import folds_of, recorded
from emotion.benchmarks.affect.fold_metrics import Found, against, figures, gathered
from emotion.benchmarks.affect.plan import EYE, PULSE, Row, Split
from emotion.benchmarks.affect.result_store import State
from emotion.evaluation.statistics import permutation_test
from emotion.labels import PAPER_1
from emotion.simulate.lab import scenarios

Say = Callable[[str], None]
Line = dict[str, object]

NAMES = tuple(str(label) for label in PAPER_1)


@dataclass
class Results:
    """Rows that were run, each gathered once.

    Attributes
    ----------
    state : State
    rows : sequence of Row
    seed : int
        Of the draws of people.
    """

    state: State
    rows: Sequence[Row]
    seed: int = 0
    _found: dict[Row, Found] = field(default_factory=dict)

    def of(self, row: Row) -> Found:
        """Return what the folds of a row gave."""
        if row not in self._found:
            self._found[row] = gathered(self.state, row)
        return self._found[row]

    def some(self, **wanted: object) -> list[Found]:
        """Return the rows whose fields are as asked."""
        return [
            self.of(row)
            for row in self.rows
            if all(getattr(row, name) == value for name, value in wanted.items())
        ]

    def one(self, **wanted: object) -> Found | None:
        """Return the first such row, or None where it was not run."""
        found = self.some(**wanted)
        return found[0] if found else None

    def baselines(self, cohort: str, split: Split) -> list[Found]:
        """Return the baselines of a cohort and a split."""
        return self.some(table="baselines", cohort=cohort, split=split)


def lines(results: Results, say: Say) -> Iterator[Line]:
    """Yield the tables' rows, then the findings."""
    for row in results.rows:
        say(f"figures of table {row.table}, {row.cohort}, {row.name}")
        yield _leaky_line(results, row) if row.split.startswith("leaky") else _line(results, row)
    say("findings")
    for line in _findings(results):
        yield {n: v.item() if isinstance(v, np.generic) else v for n, v in line.items()}


def _line(results: Results, row: Row) -> Line:
    found = results.of(row)
    line = _head(row) | figures(found, seed=results.seed)
    baselines = results.baselines(row.cohort, row.split)
    if row.table != "baselines" and any(b.row.model not in TOLD for b in baselines):
        line |= against(found, baselines, told=TOLD, seed=results.seed)
    return line


def _leaky_line(results: Results, row: Row) -> Line:
    """Return accuracy alone: people on both sides have no interval that means anything."""
    found = results.of(row)
    right = float(np.mean(found.guess == found.labels))
    return _head(row) | {"LEAKY": True, "windows": len(found.labels), "accuracy": round(right, 4)}


def _head(row: Row) -> Line:
    return {
        "table": row.table,
        "row": row.name,
        "cohort": row.cohort,
        "split": row.split,
        "modalities": " ".join(row.modalities),
        "semantics": row.kind if "semantics" in row.modalities else "none",
        "paper_accuracy": row.paper,
    }


def _findings(results: Results) -> Iterator[Line]:
    seed = results.seed
    honest = [*results.some(table="honest"), *results.some(cohort="zero signal", model="logistic")]
    yield from benchmark_rows.honesty(honest, results.some(table="leaky"), seed=seed)
    yield from _new_videos(results)
    yield from _luck(results)
    ours = results.one(model="ours", cohort="at home")
    if ours is not None:
        yield from _of_ours(results, ours)
    fused = results.one(model="fused")
    if fused is not None:
        yield from benchmark_rows.explained(fused, seed=seed)


def _of_ours(results: Results, ours: Found) -> Iterator[Line]:
    seed = results.seed
    logistic = results.one(model="logistic", cohort="at home")
    if logistic is not None:
        yield benchmark_rows.affect(ours, logistic, seed=seed)
    yield from benchmark_rows.states(ours, NAMES, seed=seed)
    yield benchmark_rows.calibration(ours, seed=seed)
    yield benchmark_rows.silence(ours)
    yield from benchmark_rows.sets(ours, NAMES)
    yield from benchmark_rows.missing(ours)
    inputs = recorded(ours.row, results.state.profile, results.state.profile.seeds[0]).inputs
    yield from benchmark_rows.spoiled(ours, inputs)
    yield from benchmark_rows.scenarios(ours, scenarios(), seed=seed)
    yield from benchmark_rows.gaps(ours, seed=seed)
    yield from benchmark_rows.planted(ours, seed=seed)


def _new_videos(results: Results) -> Iterator[Line]:
    both = [found for found in results.some(cohort="additive") if found.row.split == "both"]
    pairs = {}
    for model in ("ours", "logistic"):
        mine = {found.row.modalities: found for found in both if found.row.model == model}
        if len(mine) == 2:
            without, with_them = sorted(mine, key=len)
            pairs[model] = (mine[without], mine[with_them])
    trivial = {found.row.model: found for found in both}
    if "video-ID" in trivial:
        yield from benchmark_rows.semantics(pairs, trivial, seed=results.seed)


def _luck(results: Results) -> Iterator[Line]:
    """Permutation tests: where there is a signal, and where there is none."""
    profile = results.state.profile
    for cohort in ("additive", "zero signal"):
        row = results.one(cohort=cohort, model="prior", split="people")
        if row is None:
            continue
        study = recorded(row.row, profile, profile.seeds[0]).only((EYE, PULSE))
        parts = folds_of(study, row.row, profile, profile.seeds[0])
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
