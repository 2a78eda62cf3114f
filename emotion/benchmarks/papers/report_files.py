"""The report as files: all rows as JSON, and tables to read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from emotion.benchmarks import BenchmarkReport

Row = Mapping[str, object]
# Too long to read; they are in papers.json.
CURVES = ("roc", "tsne", "train", "valid")
METRICS = ("accuracy", "macro_f1", "weighted_f1")
COLUMNS = (
    "Row",
    "Printed",
    "Accuracy",
    "Macro-F1",
    "Weighted F1",
    "Gain over the best baseline",
    "People",
    "What differs",
)


def write(folder: Path, report: BenchmarkReport) -> None:
    """Write `papers.json` and `papers.md`."""
    rows = [dict(row) for row in report.rows]
    whole = {"name": report.name, "protocol": report.protocol, "rows": rows}
    (folder / "papers.json").write_text(json.dumps(whole, indent=1), encoding="utf-8")
    text = "\n".join([f"# Papers\n\n{report.protocol}", *_make_tables(rows)])
    (folder / "papers.md").write_text(text + "\n", encoding="utf-8")


def _make_tables(rows: list[dict[str, object]]) -> Iterator[str]:
    kinds = dict.fromkeys((row["paper"], row["table"]) for row in rows)
    for paper, table in kinds:
        mine = [row for row in rows if (row["paper"], row["table"]) == (paper, table)]
        yield f"\n## Paper {paper}, {table}\n"
        told = [row for row in mine if "accuracy" in row]
        if told:
            yield "| " + " | ".join(COLUMNS) + " |"
            yield "|" + "---|" * len(COLUMNS)
            yield from map(_format_row, told)
        for row in mine:
            if "not_run" in row:
                yield f"\nNot run ({row['extent']}): {row['not_run']}"
            elif "accuracy" not in row:
                yield f"\n{row['row']}: {_format_rest(row)}"


def _format_row(row: Row) -> str:
    cells = [
        row["row"],
        row.get("printed", ""),
        *(row.get(name, "") for name in METRICS),
        row.get("gain", ""),
        row.get("people", ""),
        row.get("differs", ""),
    ]
    return "| " + " | ".join(map(_format_cell, cells)) + " |"


def _format_cell(value: object) -> str:
    if isinstance(value, list):
        return "{:.3f} ({:.3f} to {:.3f})".format(*value)
    return str(value).replace("|", "/")


def _format_rest(row: Row) -> str:
    left_out = ("paper", "table", "row", "data", *CURVES)
    return "; ".join(f"{name} {value}" for name, value in row.items() if name not in left_out)
