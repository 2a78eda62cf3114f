"""One row of a preview as its page shows it: cells with headings, and the error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as lazy

from stewardship.people.imports.files.oneroster.reader import file_of_rows
from stewardship.people.imports.files.row_problems import RowProblem
from stewardship.people.imports.models import ImportRun
from stewardship.people.imports.preview import corrections
from stewardship.people.imports.run_view_model import load_head

# Labels for OneRoster, whose columns are composed; a plain list has its own headings.
LABELS: Final = {
    "number": lazy("Number"),
    "name": lazy("Name"),
    "login": lazy("Username"),
    "email": lazy("Email"),
    "roles": lazy("Role"),
    "guardian": lazy("Guardian’s email"),
    "classes": lazy("Class"),
    "teaches": lazy("Teaches"),
}
# Columns in which a problem can be corrected, by the first part of its key.
_COLUMNS: Final = {
    "name": ("name", "first_name", "last_name"),
    "number": ("number",),
    "login": ("login", "email"),
    "email": ("email",),
    "date": ("born",),
    "role": ("roles",),
    "guardian": ("guardian",),
    "simulated": ("number", "login", "email"),
}


@dataclass(frozen=True, slots=True)
class RowSheet:
    """A row to be corrected. `labels` are by column; `faulty` is the column of the error.

    `file` is the file of a OneRoster export that contains it, `tab` the tab of the preview that
    lists it.
    """

    number: int
    labels: Mapping[str, str]
    cells: Mapping[str, str]
    seen: str
    error: str = ""
    faulty: str | None = None
    is_left_out: bool = False
    file: str = ""
    tab: str = "error"


def load_sheet(run: ImportRun, number: int) -> RowSheet:
    """Return a row with its error. Raises Http404, CannotImport."""
    row, kept = corrections.load_row(run, number)
    head = load_head(run)
    columns = head["columns"]
    file = file_of_rows(columns)
    headings = [str(LABELS.get(name, "")) for name in columns] if file else head["headings"]
    labels = {name: label for name, label in zip(columns, headings, strict=True) if label}
    cells = {
        name: cell for name, cell in zip(columns, kept["cells"], strict=True) if name in labels
    }
    problem = RowProblem(**kept["problem"]) if kept["problem"] else None
    return RowSheet(
        row.number,
        labels,
        cells,
        corrections.make_mark(row, kept),
        problem.sentence() if problem else "",
        _find_faulty(problem, cells) if problem else None,
        row.why == "steward",
        file,
        "note" if row.kind == "left" else row.kind,
    )


def _find_faulty(problem: RowProblem, cells: Mapping[str, Any]) -> str | None:
    """Return the column of an error, preferably one with a value; None if there is none."""
    columns: Sequence[str] = _COLUMNS.get(problem.key.partition("_")[0], ())
    present = [name for name in columns if name in cells]
    return next(iter(sorted(present, key=lambda name: not cells[name])), None)
