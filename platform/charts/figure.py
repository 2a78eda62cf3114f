"""A figure: a question, the finding in a sentence, a drawing, and the numbers behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from charts.numerals import format_count, format_decimal
from charts.svg import Drawing

Cell = str | int | float | None
NOTHING: Final = "–"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the numbers behind a figure: `code` in a file, `title` on the page."""

    code: str
    title: str
    digits: int = 0


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row as a page shows it: its heading, and the other cells as text."""

    heading: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FigureTable:
    """The numbers behind a figure; None = there is none, which is never shown as zero."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def lines(self) -> list[TableRow]:
        """Return the rows as text."""
        return [self._format_row(row) for row in self.rows]

    def _format_row(self, row: Sequence[Cell]) -> TableRow:
        first, *others = [
            format_cell(cell, column.digits) for cell, column in zip(row, self.columns, strict=True)
        ]
        return TableRow(first, tuple(others))


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """What a mark of the drawing means: `look` is its class."""

    look: str
    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a page.

    Attributes
    ----------
    code : str
        Name in addresses and of files.
    finding, stress : str
        The finding in a sentence; `stress` is its part in bold, before the rest.
    basis : str
        The people and data it is about; a file says it below the title.
    words : str
        The drawing in words, for those who do not see it.
    missing : str
        Why there is nothing to draw; then there is no drawing and no table.
    """

    code: str
    title: str
    finding: str = ""
    stress: str = ""
    basis: str = ""
    words: str = ""
    drawing: Drawing | None = None
    table: FigureTable | None = None
    legend: tuple[LegendEntry, ...] = ()
    note: str = ""
    simulated: bool = False
    missing: str = ""

    @property
    def svg(self) -> SafeString:
        """Return the drawing as an element of the page."""
        if self.drawing is None:
            return SafeString("")
        return self.drawing.render(f"fig-{self.code}", self.title, self.words)

    @property
    def file(self) -> str:
        """Return the drawing as a file that says what it is, also where it is pasted elsewhere."""
        if self.drawing is None:
            raise ValueError(f"expected a drawing of {self.code}, got none")
        origin = [_("Simulated people.")] if self.simulated else []
        legend = [f"{_KEYS[entry.look]} {entry.text}" for entry in self.legend]
        below = [" ".join([*origin, self.basis]).strip(), " · ".join(legend)]
        return self.drawing.render_file(self.title, [line for line in below if line], self.words)


# How a legend names a mark in a line of text.
_KEYS: Final = {
    "range": "▮", "range-act": "▮", "dot": "●", "dot-act": "●", "mark": "|", "even": "┆",
    "bar": "▪", "frame": "▢", "line": "━", "thin": "─", "gap": "▨",
}  # fmt: skip


def format_cell(cell: Cell, digits: int) -> str:
    """Return a cell as text in the active language."""
    if cell is None:
        return NOTHING
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int):
        return format_count(cell)
    return format_decimal(cell, digits)
