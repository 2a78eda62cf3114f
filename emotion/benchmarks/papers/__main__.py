"""`python -m emotion.benchmarks.papers PAPER EXTENT OUT [DATA]`: one paper's tables, for a Run.

DATA is a data set's folder, or `-`: the bytes of a snapshot on standard input; without it people
are simulated. The last line of output is JSON: {"figures": {"protocol", "rows"}}. If killed and
started again with the same arguments and data, it continues after the last fit.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path

from emotion.benchmarks import CannotMeasure
from emotion.benchmarks.papers import benchmark
from emotion.datasets import WrongFolder
from emotion.datasets.snapshot import WrongFile
from emotion.evaluation.splits import SharedPeople

# A point for each window, or the counts of the few people of one fold.
PERSONAL = ("roc", "tsne", "confusion")
WITHHELD = "it shows single windows or few people, so it is given for simulated people only."
SNAPSHOT = "-"


def main(paper: str, extent: str, out: Path, data: str = "") -> dict[str, object]:
    """Return the figures; of real people only those of groups."""
    parser = ArgumentParser()
    benchmark.add_arguments(parser)
    source = {"": ["--layout", "simulated"], SNAPSHOT: ["--layout", "snapshot"]}
    words = ["--paper", paper, "--profile", extent, "--out", str(out)]
    words += source.get(data, ["--data", data])
    report = benchmark.run(vars(parser.parse_args(words)), _say)
    rows = [withhold(row) if data else row for row in report.rows]
    return {"figures": {"protocol": report.protocol, "rows": rows}}


def withhold(row: Mapping[str, object]) -> Mapping[str, object]:
    """Return the row, or the reason in its place if it is personal."""
    if not any(name in row for name in PERSONAL):
        return row
    why = f"{row['row']}: {WITHHELD}"
    return {"paper": row["paper"], "table": row["table"], "not_run": why, "extent": "in part"}


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    paper, extent, folder, *data = sys.argv[1:]
    try:
        report = main(paper, extent, Path(folder), *data)
    except (CannotMeasure, SharedPeople, WrongFile, WrongFolder) as wrong:
        sys.exit(str(wrong))
    sys.stdout.write(json.dumps(report) + "\n")
