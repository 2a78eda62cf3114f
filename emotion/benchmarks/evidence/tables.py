"""One question to a public data set: does a stream tell a state of people it never saw?"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emotion.benchmarks import CannotMeasure

Array = NDArray[np.float64]
# The two scales of a self-report that sets have in common.
LEVELS: Final = ("valence", "arousal")


@dataclass(frozen=True, slots=True, eq=False)
class EvidenceTable:
    """N observations of people in one set.

    Attributes
    ----------
    stream, state : str
        What was sensed, and what it should tell.
    rows : (N, D)
        Features, NaN = unknown; a person's own usual is taken off without labels.
    labels : (N,) int
        1 = the state, or more of it than usual.
    people : (N,) int
    known : (N, K)
        What is known without the sensor: task, text, or time.
    known_by : str
        A name for it.
    missing_people : int
        People of the set without a usable observation.
    """

    stream: str
    state: str
    rows: Array
    labels: NDArray[np.int64]
    people: NDArray[np.int64]
    known: Array
    known_by: str
    missing_people: int = 0

    @property
    def missing_values(self) -> float:
        """Return the share of features that are unknown."""
        return float(np.isnan(self.rows).mean()) if self.rows.size else 0.0


@dataclass(frozen=True, slots=True)
class EvidenceSet:
    """A public set: its name, its source, its licence, and the file that it is known by."""

    name: str
    title: str
    source: str
    licence: str
    file: str

    def describe(self) -> dict[str, object]:
        """Return what every row of the set has."""
        return {
            "set": self.name,
            "title": self.title,
            "source": self.source,
            "licence": self.licence,
        }


def read_columns(
    path: Path, wanted: Iterable[str], delimiter: str = ","
) -> list[Mapping[str, str]]:
    """Return the lines of a table.

    Raises CannotMeasure if the file is not there, a column is missing, or it has no line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as wrong:
        raise CannotMeasure(f"{path}: cannot be read: {wrong.strerror}") from None
    reader = csv.DictReader(StringIO(text, newline=""), delimiter=delimiter)
    names = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = names
    if missing := sorted(set(wanted).difference(names)):
        raise CannotMeasure(f"{path}: expected the columns {', '.join(missing)}")
    lines: list[Mapping[str, str]] = list(reader)
    if not lines:
        raise CannotMeasure(f"{path}: expected lines below its columns, got none")
    return lines


def to_number(text: str | None) -> float:
    """Return the number, with a point or a comma; NaN for anything else."""
    try:
        found = float((text or "").strip().replace(",", "."))
    except ValueError:
        return float("nan")
    return found if np.isfinite(found) else float("nan")


def to_numbers(lines: Sequence[Mapping[str, str]], names: Sequence[str]) -> Array:
    """Return the columns (N, D) as numbers."""
    found = [[to_number(line.get(name)) for name in names] for line in lines]
    return np.array(found, np.float64).reshape(len(lines), len(names))


def number_people(codes: Sequence[str]) -> NDArray[np.int64]:
    """Return (N,): the number of each code, in the order of the codes."""
    return np.unique(np.array(codes, np.str_), return_inverse=True)[1].astype(np.int64)


def encode(values: Sequence[str]) -> Array:
    """Return (N, K): one column a value."""
    kinds, which = np.unique(np.array(values, np.str_), return_inverse=True)
    return np.eye(len(kinds))[which]


def compare_with_own(rows: Array, people: NDArray[np.int64]) -> Array:
    """Return (N, 2 D): the features, and their difference from the person's own mean.

    The mean is over all of a person's observations, later ones too, and needs no label. It flatters
    what a live estimate could know, and the page states this.
    """
    own = np.full(rows.shape, np.nan)
    for _, at in iterate_people(people):
        known = np.ma.masked_invalid(rows[at])
        own[at] = np.ma.filled(known - known.mean(axis=0), np.nan)
    return np.hstack([rows, own])


def label_above_own(values: Array, people: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (N,): 1 above the person's own median, 0 below, -1 at it or unknown."""
    found = np.full(len(values), -1, np.int64)
    for _, at in iterate_people(people):
        own = values[at]
        middle = np.nanmedian(own) if not np.isnan(own).all() else np.nan
        found[at] = np.where(own > middle, 1, np.where(own < middle, 0, -1))
    return found


def iterate_people(people: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yield each person's number and rows."""
    for number in np.unique(people).tolist():
        yield number, np.flatnonzero(people == number)


def take_labelled(table: EvidenceTable) -> EvidenceTable:
    """Return the observations that have a label and any feature; other people are missing."""
    used = (table.labels >= 0) & ~np.isnan(table.rows).all(axis=1)
    lost = len(np.unique(table.people)) - len(np.unique(table.people[used]))
    return EvidenceTable(
        table.stream,
        table.state,
        table.rows[used],
        table.labels[used],
        np.unique(table.people[used], return_inverse=True)[1].astype(np.int64),
        table.known[used],
        table.known_by,
        table.missing_people + lost,
    )
