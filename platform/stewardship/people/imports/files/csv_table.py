"""Read a CSV file of people as a table: headings, rows, and columns that are not imported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, TextIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from accounts.people_import.csv_columns import IDENTIFYING, find_columns
from accounts.people_import.csv_reader import BrokenRow, open_text, read_rows
from privacy.safe_csv import unguarded
from stewardship.people.imports.files.packed_rows import NumberedCells, PackedRows, pack

MB: Final = 1024 * 1024
LARGEST_FILE: Final = 10 * MB
MOST_ROWS: Final = 50_000
LONGEST_ROW: Final = 5_000
NO_TEXT: Final = lazy("This is not a text file. Save it as CSV in UTF-8.")
EMPTY: Final = lazy(
    "The list is empty. The first row must contain the column names, followed by one "
    "row per person."
)
NO_HEADINGS: Final = lazy(
    "The first row must contain the column names. One of them must be Number, Username or Email."
)


class UnreadableFile(ValueError):
    """The file is not a list of people; the text says what to do."""


@dataclass(frozen=True, slots=True)
class PeopleTable:
    """The cells of the recognised `columns`, by row number; the heading is row 1.

    Cells of other columns are dropped here and stored nowhere.
    """

    columns: Sequence[str]
    headings: Sequence[str]
    left_out: Sequence[str]
    rows: PackedRows

    def as_json(self) -> dict[str, Any]:
        return {
            "columns": list(self.columns),
            "headings": list(self.headings),
            "left_out": list(self.left_out),
            "rows": self.rows.as_json(),
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> PeopleTable:
        """Return the table that `as_json` wrote."""
        return cls(**{**kept, "rows": PackedRows.from_json(kept["rows"])})


def read_table(sent: bytes) -> PeopleTable:
    """Return the content of a file. Raises UnreadableFile."""
    if len(sent) > LARGEST_FILE:
        raise describe_large_file()
    text = open_text(sent)
    if text is None:
        raise UnreadableFile(NO_TEXT)
    try:
        return _make_table(_check_rows(text))
    except BrokenRow as broken:
        what = _(
            "In row {row}, a quotation mark is not closed, or there is text after a closing "
            "one. Correct the row and upload the file again."
        )
        raise UnreadableFile(what.format(row=broken.row)) from broken


def describe_large_file() -> UnreadableFile:
    """Return the error for a file of more than LARGEST_FILE bytes."""
    what = _("The file is larger than {size} MB. Import it in parts.")
    return UnreadableFile(what.format(size=LARGEST_FILE // MB))


def describe_many_rows() -> UnreadableFile:
    """Return the error for a file of more than MOST_ROWS rows."""
    what = _("The file has more than {most} rows. Import it in parts.")
    return UnreadableFile(what.format(most=f"{MOST_ROWS:,}"))


def describe_long_row(number: int) -> UnreadableFile:
    """Return the error for a row of more than LONGEST_ROW characters."""
    what = _("Row {row} is too long. Check that the file is a CSV list of people.")
    return UnreadableFile(what.format(row=number))


def _check_rows(text: TextIO) -> Iterator[NumberedCells]:
    """Yield the non-empty rows. Raises UnreadableFile for too many rows or a long one."""
    found = ((number, cells) for number, cells in read_rows(text) if any(cells))
    for count, (number, cells) in enumerate(found):
        if count > MOST_ROWS:
            raise describe_many_rows()
        if sum(map(len, cells)) > LONGEST_ROW:
            raise describe_long_row(number)
        yield number, cells


def _make_table(rows: Iterator[NumberedCells]) -> PeopleTable:
    """Pack the rows as they are read, so that a file is never in memory as rows and cells."""
    _number, headings = next(rows, (0, ()))
    places = find_columns(list(headings))
    wanted = list(places.values())
    first = next(rows, None)
    if first is None:
        raise UnreadableFile(EMPTY)
    # Packing comes first: a broken row is reported even if the headings are wrong as well.
    packed = pack(_pick(chain([first], rows), wanted))
    if not IDENTIFYING.intersection(places):
        raise UnreadableFile(NO_HEADINGS)
    return PeopleTable(
        columns=list(places),
        headings=[headings[place] for place in wanted],
        left_out=[h for place, h in enumerate(headings) if place not in wanted and h],
        rows=packed,
    )


def _pick(rows: Iterable[NumberedCells], places: Sequence[int]) -> Iterator[NumberedCells]:
    """Yield the cells at these positions, for rows that have any."""
    for number, cells in rows:
        picked = [unguarded(cells[place]) if place < len(cells) else "" for place in places]
        if any(picked):
            yield number, picked
