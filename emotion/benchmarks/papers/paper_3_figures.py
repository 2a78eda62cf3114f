"""Paper 3's figures from rows that were run, and the grid of its Figure 5."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from emotion.baselines.network_classifier import NetworkClassifier
from emotion.baselines.paper_estimators import make_step_pipeline
from emotion.benchmarks.affect import attention_fusion
from emotion.benchmarks.affect.benchmark_rows import rate_scenarios
from emotion.benchmarks.affect.fold_jobs import Kept
from emotion.benchmarks.affect.fold_metrics import RowResults, format_score
from emotion.benchmarks.affect.plan import BenchmarkProfile
from emotion.benchmarks.affect.report import plot_data
from emotion.benchmarks.papers.paper_3 import make_face_network, take_options
from emotion.benchmarks.papers.paper_plan import CollectRow, Line, PaperJob, PaperPlan
from emotion.evaluation.dataset import WindowStudy
from emotion.evaluation.grid_search import search_grid
from emotion.evaluation.metrics.classification import Metric, score
from emotion.evaluation.splits import split_by_people
from emotion.simulate.lab import scenarios

Make = Callable[[float, float], Any]
Axes = tuple[str, tuple[float, ...], str, tuple[float, ...]]
PRINTED_SCENARIOS = {
    "course": "Course learning: accuracy 88.1 %, F1 .86",
    "practice test": "Online testing: accuracy 79.3 %, F1 .72",
    "discussion": "Collaborative discussion: accuracy 83.5 %, F1 .78",
}


def plan_figures(plan: PaperPlan, table: str, name: str, classes: tuple[str, ...]) -> None:
    """Add Figures 4 and 7-8 of one row, and Figure 6 of Table 2."""
    plan.figures.append(lambda collect: _report_losses(collect, table, name))
    plan.figures.append(lambda collect: _report_states(collect, table, name, classes))
    plan.figures.append(_report_bars)


def plan_scenarios(plan: PaperPlan, table: str, name: str) -> None:
    """Add Table 5 of one row: figures by scenario."""
    plan.figures.append(lambda collect: _report_scenarios(collect, table, name))


def plan_face_grid(plan: PaperPlan, study: WindowStudy, profile: BenchmarkProfile) -> None:
    """Add Figure 5 of the facial sub-network: three heat maps of two parameters each."""
    base = make_face_network(profile)
    how = take_options(profile, profile.seeds[0])

    def make(changes: Mapping[str, Any], **options: Any) -> Any:
        config = make_face_network(profile, **changes)
        return Pipeline([("network", NetworkClassifier(config, **how | options))])

    def by_shape(kernel: float, depth: float) -> Any:
        channels = tuple(base.channels[0] * 2**at for at in range(int(depth)))
        return make({"kernel": int(kernel), "channels": channels})

    def by_layers(dropout: float, layers: float) -> Any:
        hidden = tuple(max(4, base.hidden[0] // 2**at) for at in range(int(layers)))
        return make({"dropout": dropout, "hidden": hidden})

    _add_grid(plan, study, "daisee", ("kernel", (3, 5, 7), "convolutions", (2, 3, 4)), by_shape)
    _add_grid(plan, study, "daisee", _RATES, lambda rate, l2: make({}, rate=rate, l2=l2))
    _add_grid(plan, study, "daisee", ("dropout", (0, 0.25, 0.5), "layers", (1, 2, 3)), by_layers)


def plan_fusion_grid(
    plan: PaperPlan, study: WindowStudy, profile: BenchmarkProfile, cohort: str
) -> None:
    """Add Figure 5 of the attention over modalities: step size and lambda."""
    how = take_options(profile, profile.seeds[0])
    config = attention_fusion.Config(study.inputs)
    _add_grid(
        plan,
        study,
        cohort,
        _RATES,
        lambda rate, l2: make_step_pipeline(config, **how | {"rate": rate, "l2": l2}),
    )
    plan.refuse(3, "Figure 5", "kernel, depth and dropout need pictures of faces")


_RATES: Axes = ("learning rate", (1e-4, 1e-3, 1e-2), "lambda", (1e-5, 1e-4, 1e-3))


def _add_grid(plan: PaperPlan, study: WindowStudy, cohort: str, axes: Axes, make: Make) -> None:
    down, rows, across, columns = axes

    def search() -> Kept:
        rng = np.random.default_rng(5)
        folds = min(5, len(np.unique(study.people)))
        train = study.part(split_by_people(study, folds, rng=rng)[0].train)
        return {"grid": search_grid(train, make, rows, columns, rng=rng).values}

    def report(kept: Kept) -> Iterator[Line]:
        yield {
            "paper": 3,
            "table": "Figure 5",
            "row": f"{down} and {across}",
            "data": cohort,
            "people": len(np.unique(study.people)),
            "rows": list(rows),
            "columns": list(columns),
            "grid": np.round(kept["grid"], 4).tolist(),
            "differs": "macro-F1 over inner folds of one training part; no row uses it",
        }

    plan.jobs.append(PaperJob(f"3_grid_{cohort}_{down}".replace(" ", "-"), search, report))


def _report_losses(collect: CollectRow, table: str, name: str) -> Iterator[Line]:
    """Yield Figure 4: loss by epoch in each fold."""
    found = collect(table, name)
    for number, curves in enumerate(plot_data.losses(found) if found else (), start=1):
        yield {
            "paper": 3,
            "table": "Figure 4",
            "row": f"{name}, fold {number}",
            **curves,
            "differs": "validation by people who do not train",
        }


def _report_states(
    collect: CollectRow, table: str, name: str, classes: tuple[str, ...]
) -> Iterator[Line]:
    """Yield Figures 7 and 8: F1 of each state."""
    found = collect(table, name)
    if found is None:
        return
    for number, label in enumerate(classes):
        rng = np.random.default_rng(0)
        value = score(_make_f1(number), found.counts, rng=rng)
        yield {
            "paper": 3,
            "table": "Figures 7-8",
            "row": f"{label}, {name}",
            "people": len(found.counts),
            "f1": format_score(value),
            "printed": "above .85 for common states, .65 to .75 for rare ones",
            "differs": "other states than in the paper",
        }


def _make_f1(label: int) -> Metric:
    def f1(counts: Any) -> Any:
        hit = counts[..., label, label]
        total = counts[..., label, :].sum(axis=-1) + counts[..., :, label].sum(axis=-1)
        return 2 * hit / np.maximum(total, 1)

    return f1


def _report_bars(collect: CollectRow) -> Iterator[Line]:
    """Yield Figure 6: accuracy, macro-F1 and micro-F1 of Table 2's rows."""
    for name in ("SVM+LBP", "RF+Geo", "KNN+AU"):
        found = collect("Table 2", name)
        if found is not None:
            yield {
                "paper": 3,
                "table": "Figure 6",
                "row": name,
                **_measure_bars(found),
                "differs": "micro-F1 of one label a row is its accuracy",
            }


def _measure_bars(found: RowResults) -> Line:
    from emotion.evaluation.metrics.classification import accuracy, macro_f1

    counts = found.counts.sum(axis=0)
    right = round(float(accuracy(counts)), 4)
    return {
        "people": len(found.counts),
        "bars": {
            "accuracy": right,
            "micro_f1": right,
            "macro_f1": round(float(macro_f1(counts)), 4),
        },
    }


def _report_scenarios(collect: CollectRow, table: str, name: str) -> Iterator[Line]:
    """Yield Table 5: accuracy and F1 in each scenario."""
    found = collect(table, name)
    if found is None:
        return
    for line in rate_scenarios(found, scenarios(), seed=0):
        scenario = str(line["what"])
        yield {
            "paper": 3,
            "table": "Table 5",
            "row": scenario,
            "people": line["people"],
            "windows": line["windows"],
            "accuracy": line["accuracy"],
            "macro_f1": line["macro_f1"],
            "printed": PRINTED_SCENARIOS.get(scenario, ""),
            "differs": "SIMULATED: a scenario is a label on videos, signals do not differ",
        }
