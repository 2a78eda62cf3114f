"""Stress from a wristband for held-out people: plain and time-matched AUC."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion.benchmarks import BenchmarkReport

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from emotion.models.wearable.train import TrainedWearable, WearableRecipe, WearableTable

Say = Callable[[str], None]
Row = dict[str, object]


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--data", type=Path, required=True, help="Stress-Predict as unpacked (with Raw_data)"
    )
    parser.add_argument("--test", type=Path, help="other people's; without it, each is left out")
    parser.add_argument(
        "--nested",
        action="store_true",
        help="choose among ten ways in each turn, without its person",
    )
    parser.add_argument(
        "--also", nargs="*", default=[], metavar="CODE", help="people to report alone, too"
    )


def run(options: Mapping[str, Any], say: Say) -> BenchmarkReport:
    """Train on --data and test on --test, or hold out each person of --data in turn."""
    from emotion.benchmarks._wristband_nested import judge_people, make_nested_rows
    from emotion.datasets.corpora import stress_predict
    from emotion.models.wearable.train import WearableRecipe, make_table
    from emotion.training.recipe import read_shipped

    recipe = read_shipped("wearable", WearableRecipe)
    train = make_table(stress_predict.iterate_people(options["data"]), recipe, say=say)
    if options["nested"]:
        found = judge_people(train, recipe, say)
        rows = make_nested_rows(found, train, recipe, options["also"])
        return BenchmarkReport("wearable", _PROTOCOL.format(_NESTED), rows)
    if options["test"] is None:
        return BenchmarkReport(
            "wearable", _PROTOCOL.format(_LEFT_OUT), _make_rows(train, None, recipe, say)
        )
    test = make_table(stress_predict.iterate_people(options["test"]), recipe, say=say)
    _refuse_same_people(train, test)
    split = f"trained on {len(train.codes)} people, tested on {len(test.codes)} others"
    return BenchmarkReport(
        "wearable", _PROTOCOL.format(split), _make_rows(train, test, recipe, say)
    )


_LEFT_OUT = "each person left out in turn, all tuning inside the others"
_NESTED = (
    "each person left out in turn; one of ten ways is chosen by cross-validation over the others "
    "(greatest area plus time-matched area), and all tuning is inside them; today: always the way "
    "with the opening alone"
)
_PROTOCOL = (
    "{}; Stress-Predict, windows of 90 s every 30 s after a calibration of 270 s, labelled by "
    "their last 60 s; areas over all windows, answered or not, [value, 95 % interval over 2,000 "
    "draws of people]; time-matched: only windows of two people within 60 s of the same time "
    "since the start"
)


def _make_rows(
    train: WearableTable, test: WearableTable | None, recipe: WearableRecipe, say: Say
) -> list[Row]:
    from emotion.models.wearable.train import make_views

    made = []
    judged = train if test is None else test
    for name, (rows, group) in {
        "time_only": _make_clock_column(train),
        **make_views(train),
    }.items():
        say(f"row {name}")
        own = (
            rows
            if test is None
            else {"time_only": _make_clock_column(test), **make_views(test)}[name][0]
        )
        taught = _fit_models(rows, train, test, group, recipe)
        made.append(_make_row(name, own, taught, judged, recipe))
        if name == "causal":
            made += _make_part_rows(own, taught, judged, recipe)
    return made


def _fit_models(
    rows: NDArray[np.float64],
    train: WearableTable,
    test: WearableTable | None,
    group: NDArray[np.int64],
    recipe: WearableRecipe,
) -> list[TrainedWearable]:
    """Return by test person a model of other people only."""
    from emotion.models.wearable.train import fit_held_out, learn

    if test is None:
        return fit_held_out(rows, train, group, recipe)
    return [learn(rows, train.labels, train.people, group, recipe)] * len(test.codes)


def _make_row(
    name: str,
    rows: NDArray[np.float64],
    taught: list[TrainedWearable],
    data: WearableTable,
    recipe: WearableRecipe,
) -> Row:
    from emotion.models.wearable.card import measure
    from emotion.models.wearable.train import predict_each

    found = measure(data, *predict_each(taught, rows, data.people), recipe)
    return {"row": name, "causal": name != "whole_session", **found}


def _make_part_rows(
    rows: NDArray[np.float64],
    taught: list[TrainedWearable],
    data: WearableTable,
    recipe: WearableRecipe,
) -> list[Row]:
    """Return rows of the causal model without each Stream, of answered Windows, and by task."""
    from emotion.features.wearable import STREAMS
    from emotion.models.wearable.train import hide_stream

    made = [
        _make_row(f"causal_without_{stream}", hide_stream(rows, stream), taught, data, recipe)
        for stream in STREAMS
    ]
    return [*made, *_make_task_rows(rows, taught, data, recipe)]


def _make_task_rows(
    rows: NDArray[np.float64],
    taught: list[TrainedWearable],
    data: WearableTable,
    recipe: WearableRecipe,
) -> list[Row]:
    import numpy as np

    from emotion.datasets.corpora.stress_predict import TASKS
    from emotion.evaluation.metrics.auc import auc_score, pairs
    from emotion.models.wearable.train import predict_each
    from emotion.training.number_format import format_score

    proba, sure, _ = predict_each(taught, rows, data.people)
    cuts = {"answered": sure}
    cuts |= {task: (data.tasks == task) | (data.labels == 0) for task in TASKS}
    return [
        {
            "row": f"causal_{name}",
            "causal": True,
            "auc": format_score(
                auc_score(
                    pairs(data.labels[own], proba[own], data.people[own]),
                    rng=np.random.default_rng(recipe.seed),
                )
            ),
            "windows": int(own.sum()),
        }
        for name, own in cuts.items()
    ]


def _make_clock_column(data: WearableTable) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the time since the start as the only column, which no other row may use."""
    import numpy as np

    return data.at_s[:, None], np.zeros(1, np.int64)


def _refuse_same_people(train: WearableTable, test: WearableTable) -> None:
    from emotion.evaluation.splits import SharedPeople

    if shared := sorted(set(train.codes) & set(test.codes)):
        raise SharedPeople(f"expected other people in --test, got {', '.join(shared)} in both")
