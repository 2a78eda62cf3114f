"""Affect on simulated people: paper 1's Tables 2 to 4 under an honest protocol, and the leaky one.

SIMULATED: none of its figures is an accuracy on people. `--profile small` (the default) has 5 folds
by people and one seed. `full` has 5 seeds at the paper's sizes and stores each fit under `var/`, so
that the same command continues after an interruption.
"""

from __future__ import annotations

import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion.benchmarks import BenchmarkReport, CannotMeasure

if TYPE_CHECKING:
    from emotion.benchmarks.affect.plan import BenchmarkProfile, PlannedRow

PROFILES = ("small", "full", "quick")
# Hours of fits; if killed, the same command finds them again.
KEPT = {"full": Path("var") / "benchmarks" / "affect-full"}

PROTOCOL = (
    "SIMULATED people only, never an accuracy on people. Cohorts {digest}: {people} people, five "
    "videos, Windows of 10 s that do not overlap; profile {name}, seeds {seeds}. {folds} folds by "
    "people; where videos are new too, {both} folds of people times five videos. Scaling, PCA of "
    "the semantics, resampling, early stop, temperature, offsets and tuning inside the training "
    "part. Intervals are 95 % over people; paired with the best baseline, a win only where the "
    "whole interval lies above 0. 'last label' and 'subject mean' are told the person's own "
    "earlier true labels, which no live system is. Schedules were set on a cohort of seed 0. "
    "LEAKY rows show what the papers' protocol is worth and are no results; how much they gain "
    "hangs on how long labels stay: the zero-signal cohort follows science.md section 2, with nine "
    "labels in ten those of the person's whole video."
)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the extent of the run, and where results and the page are written."""
    parser.add_argument("--profile", choices=PROFILES, default="small")
    for name in ("full", "quick"):
        parser.add_argument(
            f"--{name}", action="store_const", const=name, dest="profile", help=f"--profile {name}"
        )
    parser.add_argument(
        "--rows", default="", metavar="TEXT", help="only rows whose table, cohort or name has TEXT"
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="DIR",
        help=f"keep each fit here and go on from what is there (--full: {KEPT['full']})",
    )
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="processes (2)")
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write a page (.html) and its figures (.json)"
    )


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> BenchmarkReport:
    """Do the missing fits, then compute the figures."""
    from emotion.benchmarks.affect import plan, result_tables, workers
    from emotion.benchmarks.affect.fold_jobs import digest_cohorts
    from emotion.benchmarks.affect.report import writer
    from emotion.benchmarks.affect.result_store import open_or_create

    profile = plan.PROFILES[options["profile"]]
    wanted = _select_rows(plan.plan_rows(), options["rows"])
    with _open_folder(options["state"] or KEPT.get(profile.name)) as folder:
        state = open_or_create(folder, profile, digest_cohorts())
        workers.run_missing(state, wanted, options["workers"], say)
        results = result_tables.Results(state, wanted)
        found = BenchmarkReport(
            "affect", describe_protocol(profile), list(result_tables.make_lines(results, say))
        )
        if options["report"]:
            say("drawing the page")
            writer.write(options["report"], found, results)
    return found


def describe_protocol(profile: BenchmarkProfile) -> str:
    """Describe in words what the figures are based on."""
    from emotion.benchmarks.affect.fold_jobs import digest_cohorts

    return PROTOCOL.format(
        digest=digest_cohorts(),
        people=profile.people,
        name=profile.name,
        seeds=", ".join(map(str, profile.seeds)),
        folds=profile.folds,
        both=profile.both_folds,
    )


def _select_rows(rows: list[PlannedRow], text: str) -> list[PlannedRow]:
    found = [row for row in rows if text in f"table {row.table} {row.cohort} {row.name}"]
    if not found:
        raise CannotMeasure(f"expected rows with {text!r}, got none")
    kept = {(row.cohort, row.split) for row in found}
    # A table is never printed without its baselines.
    return [
        row
        for row in rows
        if row in found or (row.table == "baselines" and (row.cohort, row.split) in kept)
    ]


@contextmanager
def _open_folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="attune-affect-") as folder:
        yield Path(folder)
