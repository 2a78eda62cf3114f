"""View model of a paper's tables: rows with their intervals, and why a table was not run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from estimates.label_names import NAMES
from estimates.label_names import name_of as label_name
from research.figures.figure_names import name_figure
from research.runs.view_model import format_figure

EXTENT_NAMES: Final = {
    "quick": _("Quick check (one epoch, its figures mean nothing)"),
    "small": _("Small networks"),
    "full": _("The papers’ network sizes (takes longest)"),
}
# In columns of their own, or of no use as text.
_LEFT_OUT: Final = (
    *("paper", "table", "row", "people", "printed", "differs"),
    *("data", "target", "classes", "modalities", "folds", "roc", "tsne"),
)
# Of results that are no scores; other names are those of a card's figures.
PART_NAMES: Final = {
    "bars": _("scores"),
    "clips": _("clips"),
    "columns": _("columns"),
    "confusion": _("counts by true and given state"),
    "counts": _("windows"),
    "f1": _("F1"),
    "grid": _("macro-F1 by row and column"),
    "high": _("high"),
    "low": _("low"),
    "micro_f1": _("micro-F1"),
    "rows": _("rows"),
    "train": _("training loss by epoch"),
    "valid": _("validation loss by epoch"),
}
Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One row of a table with figures on held-out people; "" where there is none."""

    name: str
    printed: str
    accuracy: str
    macro_f1: str
    weighted_f1: str
    gain: str
    people: int
    differs: str


@dataclass(frozen=True, slots=True)
class OtherResult:
    """A result that is no score, such as counts of labels or a curve of losses."""

    name: str
    text: str
    printed: str


@dataclass(frozen=True, slots=True)
class PaperTable:
    """One table or figure of a paper; `missing` says what of it was not run, and why."""

    name: str
    scores: tuple[ScoreRow, ...]
    others: tuple[OtherResult, ...]
    missing: tuple[str, ...]


def build_tables(figures: Mapping[str, Any]) -> list[PaperTable]:
    """Return the tables in the order in which they were computed, the baselines first."""
    grouped: dict[str, list[Line]] = {}
    for line in figures["rows"]:
        grouped.setdefault(str(line["table"]), []).append(line)
    return [_build_table(name, lines) for name, lines in grouped.items()]


def _build_table(name: str, lines: Sequence[Line]) -> PaperTable:
    return PaperTable(
        name,
        tuple(_build_scores(lines)),
        tuple(_build_others(lines)),
        tuple(line["not_run"] for line in lines if "not_run" in line),
    )


def _build_scores(lines: Sequence[Line]) -> Iterator[ScoreRow]:
    for line in lines:
        if "accuracy" in line:
            yield ScoreRow(
                name=line["row"],
                printed=line.get("printed", ""),
                accuracy=format_figure(line["accuracy"]),
                macro_f1=format_figure(line.get("macro_f1")),
                weighted_f1=format_figure(line.get("weighted_f1")),
                gain=format_figure(line.get("gain")),
                people=line.get("people", 0),
                differs=line.get("differs", ""),
            )


def _build_others(lines: Sequence[Line]) -> Iterator[OtherResult]:
    for line in lines:
        if "not_run" in line or "accuracy" in line:
            continue
        parts = [
            f"{_name_part(name)}: {_format_value(value)}"
            for name, value in line.items()
            if name not in _LEFT_OUT
        ]
        if parts:
            yield OtherResult(line["row"], "; ".join(parts), line.get("printed", ""))


def _name_part(name: str) -> str:
    """Return a part of a result in words: a state, or a figure."""
    if name in PART_NAMES:
        return str(PART_NAMES[name])
    return label_name(name) if name in NAMES else name_figure(name)


def _format_value(value: Any) -> str:
    """Return numbers as text: an interval as in a column, counts by their name."""
    if isinstance(value, Mapping):
        parts = (f"{_name_part(name)} {_format_value(part)}" for name, part in value.items())
        return ", ".join(parts)
    return format_figure(value) or str(value)
