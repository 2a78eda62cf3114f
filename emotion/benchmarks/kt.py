"""Knowledge tracing on held-out learners: is the next answer right?

Reads preprocessed_data_train.csv and, if it exists, preprocessed_data_test.csv.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion.benchmarks import BenchmarkReport, CannotMeasure

if TYPE_CHECKING:
    from emotion.benchmarks._kt_rows import TracedModel
    from emotion.knowledge.logs.response_log import ResponseLog

Say = Callable[[str], None]

_PROTOCOL = (
    "{}: {} answers of {} learners, {} items, {} skills, {} rows merged; ordered by {}; {}; C by "
    "inner folds of the training learners (log loss); each chance from the learner's earlier "
    "answers alone; [value, 95 % interval over {} draws of learners]; ECE over 15 bins of the "
    "chance of a right answer; hybrid_gain: AUC of hybrid minus this row's, same draws; "
    "cold_start: a learner's first five answers, and items that no training learner answered; CPU "
    "seconds to choose, fit and predict"
)

_ORDER = {
    "time": "time",
    "log": "the number of the log",
    "file": "the rows' place in the file, for want of a column with times or log numbers",
}


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="where the logs of answers lie"
    )
    parser.add_argument("--only", nargs="+", metavar="MODEL", help="these models only")
    parser.add_argument("--seed", type=int, default=0, help="of folds, fits and draws (0)")
    parser.add_argument(
        "--learners", type=int, metavar="N", help="only the first N learners of the training log"
    )
    parser.add_argument(
        "--turns", type=int, default=5, metavar="N", help="judge the learners of N folds of 5 (5)"
    )


def run(options: Mapping[str, Any], say: Say) -> BenchmarkReport:
    """Fit every model, and evaluate it on held-out learners."""
    from emotion.benchmarks._kt_rows import (
        DRAWS,
        FOLDS,
        MODELS,
        make_cold_start_rows,
        make_rows,
        trace,
    )

    chosen, seed = options["only"] or list(MODELS), options["seed"]
    if unknown := sorted(set(chosen) - set(MODELS)):
        raise CannotMeasure(f"expected some of {', '.join(MODELS)}, got {', '.join(unknown)}")
    train, test = _read_logs(options["data"])
    if options["learners"]:
        train = _take_first(train, options["learners"])
    traced: list[TracedModel] = []
    for name in chosen:
        say(f"row {name}")
        traced.append(trace(name, train, test, seed, options["turns"]))
    split = f"{FOLDS} folds by learner" if test is None else "its own test learners"
    if test is None and options["turns"] < FOLDS:
        split += f", {options['turns']} of them judged"
    protocol = _PROTOCOL.format(options["data"].name, *_count_sizes(train, test), split, DRAWS)
    rows = [*make_rows(traced, seed), *make_cold_start_rows(traced, seed), _time_live()]
    return BenchmarkReport("kt", protocol, rows)


def _read_logs(folder: Path) -> tuple[ResponseLog, ResponseLog | None]:
    from emotion.evaluation.splits import refuse_shared_people
    from emotion.knowledge.logs.response_log import read

    files = [folder / f"preprocessed_data_{part}.csv" for part in ("train", "test")]
    if not files[0].is_file():
        raise CannotMeasure(f"expected preprocessed_data_train.csv in {folder}")
    matrix = folder / "q_mat.npz"
    found = read(*filter(Path.is_file, files), skills=matrix if matrix.is_file() else None)
    if len(found) == 1:
        return found[0], None
    refuse_shared_people(found[0].users, found[1].users)
    return found[0], found[1]


def _take_first(log: ResponseLog, learners: int) -> ResponseLog:
    """Return the answers of the first learners of a log, in its order."""
    import numpy as np

    _, begins = np.unique(log.users, return_index=True)
    wanted = log.users[np.sort(begins)[:learners]]
    return log.take(np.flatnonzero(np.isin(log.users, wanted)))


def _count_sizes(*logs: ResponseLog | None) -> list[object]:
    there = [log for log in logs if log is not None]
    learners = sum(len(set(log.users.tolist())) for log in there)
    merged = sum(log.merged for log in there)
    answers = sum(len(log) for log in there)
    ordered = " and ".join(dict.fromkeys(_ORDER[log.ordered_by] for log in there))
    return [answers, learners, there[0].item_count, there[0].skills.shape[1], merged, ordered]


def _time_live() -> dict[str, object]:
    """Return the live tracer's time for one answer, without the database."""
    from emotion.knowledge.elo import Rating, Ratings, update

    ratings, took = Ratings(Rating(), (Rating(), Rating())), []
    for answer in range(2000):
        began = time.perf_counter_ns()
        ratings = update(ratings, 0.0, correct=answer % 3 > 0)
        took.append(time.perf_counter_ns() - began)
    return {"goal": "one live answer", "microseconds": sorted(took)[1000] / 1000, "at_most": 200}
