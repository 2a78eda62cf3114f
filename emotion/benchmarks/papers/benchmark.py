"""The tables and figures of the three papers on a data set in its own layout, with people held out.

`--data DIR --layout NAME` reads DEAP, AMIGOS, MAHNOB-HCI, DAiSEE, WESAD, or a folder with a
manifest (vlmed); `--layout simulated` needs no data, `--layout snapshot` reads a snapshot's bytes
from standard input. Each row has the paper's figure, ours with an
interval over people, the best of the baselines that know only the majority, the video or the time,
and what differs. What cannot be run is listed with the reason. Each fit is stored, so that the same
command continues after an interruption.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion.benchmarks import BenchmarkReport, CannotMeasure

if TYPE_CHECKING:
    from emotion.benchmarks.affect.plan import BenchmarkProfile
    from emotion.benchmarks.papers.layouts import LayoutInput
    from emotion.benchmarks.papers.paper_plan import Line, PaperPlan
    from emotion.benchmarks.papers.row_runner import RowRunner

NAMES = ("amigos", "daisee", "deap", "mahnob", "simulated", "snapshot", "vlmed", "wesad")
PAPERS = (1, 2, 3)
EXTENTS = ("small", "full", "quick")
KEPT = Path("var") / "benchmarks"
# Paper 1's seed.
SEED = 7
# The first found of these, in this order, says which layout a folder has.
MARKS: Mapping[str, tuple[str, ...]] = {
    "vlmed": ("manifest.csv",),
    "deap": ("data_preprocessed_python/s*.dat", "s[0-9][0-9].dat"),
    "mahnob": ("Sessions/*/session.xml", "*/session.xml"),
    "daisee": ("DAiSEE/Labels", "Labels/*Labels.csv"),
    "wesad": ("WESAD/S*/S*.pkl", "S*/S*.pkl"),
    "amigos": ("data_preprocessed/**/Data_Preprocessed_P*.mat", "**/Data_Preprocessed_P*.mat"),
}
PATHS = {
    "other": "the second emotion data set: AMIGOS for deap, DEAP for amigos",
    "weights": "VideoMAE's weights, learned from Kinetics-400 without labels",
    "kinetics": "Kinetics-400 as <class>/<film>",
}

PROTOCOL = (
    "Layout {layout}, profile {profile}, seed {seed}: {folds} folds by people at most, so nobody "
    "trains and is tested. Scaling, components, resampling, augmentation and early stop inside the "
    "training part. Intervals are 95 % over people; a win only where the gain over the best "
    "baseline has its whole interval above 0. Baselines know only the majority, the video or the "
    "time. 'printed' is the paper's figure, most of them under another protocol.{notes}"
)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the data, the extent of the run, and where results are stored."""
    parser.add_argument("--data", type=Path, metavar="DIR", help="the data set's folder")
    parser.add_argument("--layout", choices=NAMES, help="its layout; recognised if not given")
    parser.add_argument("--profile", choices=EXTENTS, default="small")
    for name in ("full", "quick"):
        parser.add_argument(
            f"--{name}", action="store_const", const=name, dest="profile", help=f"--profile {name}"
        )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help=f"store each fit, papers.json and papers.md here ({KEPT}/papers-LAYOUT-PROFILE)",
    )
    parser.add_argument("--paper", type=int, choices=PAPERS, help="only this paper's tables")
    parser.add_argument(
        "--rows", default="", metavar="TEXT", help="only rows whose table or name has TEXT"
    )
    parser.add_argument(
        "--signal",
        type=float,
        default=1.0,
        choices=(0.0, 1.0),
        help="of simulated people: 0 = no signal at all, for a check of the protocol",
    )
    for name, said in PATHS.items():
        parser.add_argument(f"--{name}", type=Path, metavar="DIR", help=said)


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> BenchmarkReport:
    """Do the missing fits, then compute the figures."""
    from emotion.benchmarks.affect.result_store import open_or_create
    from emotion.benchmarks.affect.workers import limit_threads
    from emotion.benchmarks.papers import report_files
    from emotion.benchmarks.papers.layouts import LAYOUTS, LayoutInput
    from emotion.benchmarks.papers.row_runner import RowRunner

    layout = _find_layout(options)
    packed = sys.stdin.buffer.read() if layout == "snapshot" else b""
    _check_paths(options)
    limit_threads()
    profile = _choose_profile(options["profile"], layout)
    out = options["out"] or KEPT / f"papers-{layout}-{profile.name}"
    state = open_or_create(out / "fits", profile, _digest_inputs(options, layout, packed))
    say(f"layout {layout}: reading")
    other, weights, kinetics = _list_paths(options)
    folder = options["data"] or Path()
    signal, paper = options["signal"], options["paper"]
    given = LayoutInput(folder, state, other, weights, kinetics, signal, paper, packed)
    plan = LAYOUTS[layout](given)
    _select_paper(plan, paper)
    _select_rows(plan, options["rows"])
    runner = RowRunner(state, say)
    runner.run(plan)
    rows = list(_make_lines(plan, runner, given, layout, partly=bool(options["rows"])))
    notes = f" Left out: {'; '.join(plan.notes)}." if plan.notes else ""
    found = BenchmarkReport("papers", _describe(layout, profile, notes), rows)
    report_files.write(out, found)
    return found


def _make_lines(
    plan: PaperPlan, runner: RowRunner, given: LayoutInput, layout: str, *, partly: bool
) -> Iterator[Line]:
    """Yield rows, other results, figures, and what was not run."""
    from emotion.benchmarks.papers.paper_plan import list_missing

    lines = list(runner.make_lines())
    for job in plan.jobs:
        runner.say(job.key)
        lines += job.report(given.state.remember(job.key, job.make))
    for figure in plan.figures:
        lines += figure(runner.collect)
    yield from lines
    if not partly:
        found = {(int(str(line["paper"])), str(line["table"])) for line in lines}
        for line in list_missing(plan, layout, found):
            if given.wants(int(str(line["paper"]))):
                yield line


def _find_layout(options: Mapping[str, Any]) -> str:
    folder, named = options["data"], options["layout"]
    if named in ("simulated", "snapshot"):
        return str(named)
    if folder is None:
        raise CannotMeasure("expected --data DIR, or --layout simulated")
    if not folder.is_dir():
        raise CannotMeasure(f"--data: expected a folder, got {folder}")
    if named:
        return str(named)
    if layout := recognise_layout(folder):
        return layout
    raise CannotMeasure(f"{folder}: no layout recognised; name one with --layout: {NAMES}")


def recognise_layout(folder: Path) -> str:
    """Return the layout of a data set's folder, or ""."""
    for layout, marks in MARKS.items():
        if any(True for mark in marks for _ in folder.glob(mark)):
            return layout
    return ""


def _check_paths(options: Mapping[str, Any]) -> None:
    for name, path in zip(PATHS, _list_paths(options), strict=True):
        if path is not None and not path.is_dir():
            raise CannotMeasure(f"--{name}: expected a folder, got {path}")


def _list_paths(options: Mapping[str, Any]) -> list[Path | None]:
    return [options[name.replace("-", "_")] for name in PATHS]


def _choose_profile(name: str, layout: str) -> BenchmarkProfile:
    """Return the profile of `benchmark affect`; on real data with every row and one seed."""
    from emotion.benchmarks.affect.plan import PROFILES

    chosen = replace(PROFILES[name], seeds=(SEED,), thin=1)
    if name == "full":
        # The defaults of `NetworkClassifier` are paper 1's schedule.
        return replace(chosen, how={"profile": "paper"})
    return replace(chosen, thin=PROFILES[name].thin) if layout == "simulated" else chosen


def _digest_inputs(options: Mapping[str, Any], layout: str, packed: bytes) -> str:
    """Return a digest of names, sizes and times of all files, of the simulator or the snapshot."""
    from emotion.benchmarks.affect.fold_jobs import digest_cohorts

    if packed:
        return sha256(packed).hexdigest()
    if layout == "simulated":
        return f"{digest_cohorts()} {options['signal']:g}"
    found = sha256(layout.encode())
    for folder in [options["data"], *_list_paths(options)]:
        for path in sorted(folder.rglob("*")) if folder else []:
            if path.is_file():
                told = path.stat()
                name = path.relative_to(folder)
                found.update(f"{name} {told.st_size} {told.st_mtime_ns}\n".encode())
    return found.hexdigest()[:12]


def _select_paper(plan: PaperPlan, paper: int | None) -> None:
    """Leave out what other papers have in this layout."""
    if paper is not None:
        plan.rows[:] = [row for row in plan.rows if row.paper == paper]
        plan.jobs[:] = [job for job in plan.jobs if job.key.startswith(f"{paper}_")]


def _select_rows(plan: PaperPlan, text: str) -> None:
    if not text:
        return
    plan.rows[:] = [r for r in plan.rows if text in f"{r.planned.table} {r.planned.name}"]
    plan.jobs[:] = [job for job in plan.jobs if text in job.key]
    if not plan.rows and not plan.jobs:
        raise CannotMeasure(f"expected rows with {text!r}, got none")


def _describe(layout: str, profile: BenchmarkProfile, notes: str) -> str:
    return PROTOCOL.format(
        layout=layout, profile=profile.name, seed=SEED, folds=profile.folds, notes=notes
    )
