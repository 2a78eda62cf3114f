"""What each sensor is known to tell about people it never saw, from public data sets.

The page of evidence is made from the rows (`emotion/evidence.json`).
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emotion.benchmarks import BenchmarkReport, CannotMeasure

if TYPE_CHECKING:
    from emotion.benchmarks.evidence.tables import EvidenceSet

SEED: Final = 34
PROTOCOL: Final = (
    "Public data sets of people. People are left out in ten turns; the model, one of four linear "
    "ones and a forest, is chosen among the others. Areas over all observations of left-out people "
    "and 95 % intervals over people; known: what task, text or time alone gives; shuffled, p: one "
    "linear model on {shuffles} shuffles of each person's labels. Stress-Predict: the shipped "
    "recipe, on people that no choice of it saw, each left out. Seed {seed}. A set that is not in "
    "the folder is not measured here"
)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the folder of the sets, the seed, and the file of the page."""
    parser.add_argument("--data", type=Path, required=True, help="folder with the unpacked sets")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of folds and draws ({SEED})")
    parser.add_argument(
        "--shuffles", type=int, default=19, metavar="N", help="of labels, a table (19)"
    )
    parser.add_argument("--table", type=Path, help="also write the rows to this file")


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> BenchmarkReport:
    """Judge every set in the folder, and say which are not there."""
    import json

    folder: Path = options["data"]
    if not folder.is_dir():
        raise CannotMeasure(f"{folder}: expected a folder")
    rows = list(_iterate_rows(folder, options["seed"], options["shuffles"], say))
    if options["table"]:
        options["table"].write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    return BenchmarkReport("evidence", PROTOCOL.format(**options), rows)


def _iterate_rows(
    folder: Path, seed: int, shuffles: int, say: Callable[[str], None]
) -> Iterator[dict[str, object]]:
    from emotion.benchmarks.evidence.judging import LEAST_PEOPLE, judge
    from emotion.benchmarks.evidence.sets import READERS
    from emotion.benchmarks.evidence.stress_predict import STRESS_PREDICT, judge_shipped
    from emotion.benchmarks.evidence.tables import take_labelled

    yield from judge_shipped(folder, say) or [_state_missing(STRESS_PREDICT)]
    for data, read in READERS.items():
        found = sorted(folder.rglob(data.file))
        if not found:
            yield _state_missing(data)
            continue
        for table in map(take_labelled, read(found[0])):
            say(f"{data.name}: {table.state} from {table.stream}")
            people = len(set(table.people.tolist()))
            if people < LEAST_PEOPLE or len(set(table.labels.tolist())) < 2:
                raise CannotMeasure(
                    f"{found[0]}: expected {table.state} of at least {LEAST_PEOPLE} people, "
                    f"with and without it, got {people} people"
                )
            yield {**data.describe(), **judge(table, seed, shuffles)}


def _state_missing(data: EvidenceSet) -> dict[str, object]:
    return {**data.describe(), "not_measured": "not measured here"}
