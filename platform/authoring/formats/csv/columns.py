"""The columns of the table of questions, and cells that hold several parts."""

from __future__ import annotations

import re

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage
from authoring.translatable_message import TranslatableMessage, message
from privacy import safe_csv

FIRST_COLUMNS = (
    "course",
    "course_title",
    "unit",
    "unit_id",
    "id",
    "kind",
    "skills",
    "difficulty",
    "prompt",
)
ANSWER_COLUMNS = ("right", "answer", "accepted", "compare", "tolerance", "units")
LAST_COLUMNS = ("explanation",)
# Each of these is followed by a number: choice_1, choice_2, …
NUMBERED = ("choice", "feedback", "match", "gap", "wrong", "hint")
REQUIRED_COLUMNS = ("kind", "prompt")
MAX_NUMBER = 26
_NUMBERED = re.compile(rf"({'|'.join(NUMBERED)})_([1-9]\d?)")
_DANGER = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_MARK = re.compile(r"\\*[*#]")
SEPARATOR = " | "


def is_column(name: str) -> bool:
    match = _NUMBERED.fullmatch(name)
    return name in FIRST_COLUMNS + ANSWER_COLUMNS + LAST_COLUMNS or (
        match is not None and int(match[2]) <= MAX_NUMBER
    )


def guard_cell(cell: str) -> str:
    """Return the cell in a form that no spreadsheet reads as a formula."""
    return cell if _NUMBER.fullmatch(cell) else safe_csv.guarded(cell)


def cell_place(row: int, column: int | str) -> TranslatableMessage:
    """Return the place in the table for an error message."""
    return message(_("row {row}, column {column}"), row=row, column=column)


def read_header(file: str, cells: list[str]) -> list[str]:
    """Return the names of the columns; raise BrokenPackage for an unknown column."""
    names = [cell.strip().lower() for cell in cells]
    for number, name in enumerate(names, 1):
        if not is_column(name):
            what = message(
                _("expected one of the columns in docs/formats.md, found {name!r}"), name=name[:40]
            )
            raise BrokenPackage(file, cell_place(1, number), what)
        if name in names[: number - 1]:
            raise BrokenPackage(
                file, cell_place(1, number), message(_("{name!r} occurs twice"), name=name)
            )
    for name in REQUIRED_COLUMNS:
        if name not in names:
            what = message(_("expected the column {name!r}, found none"), name=name)
            raise BrokenPackage(file, message(_("row {row}"), row=1), what)
    return names


def remove_guards(cell: str, *, exported: bool) -> str:
    """Return the text of a cell without the marks of `guard_cell`.

    A table that was written by hand has at most one mark at the start of a cell: `'-ing'` is a
    word.
    """
    if exported:
        return safe_csv.unguarded(cell)
    return cell[1:] if cell.startswith("'") and _DANGER.match(cell) else cell


def join_parts(parts: list[str]) -> str:
    return SEPARATOR.join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)


def split_parts(cell: str) -> list[str]:
    """Split the parts of a cell at each `|`; `\\|` is a literal stroke."""
    found = [""]
    for piece in re.findall(r"\\.|\||[^\\|]+|\\$", cell, re.DOTALL):
        if piece == "|":
            found.append("")
        else:
            found[-1] += piece[1:] if piece[0] == "\\" and piece[1:] in ("\\", "|") else piece
    return [part.strip() for part in found if part.strip()]


def escape_mark(text: str) -> str:
    """Escape a mark at the start of a gap's text: `\\*` is a star, `\\#` a number sign."""
    return f"\\{text}" if _MARK.match(text) else text


def unescape_mark(text: str) -> str:
    return text[1:] if text.startswith("\\") and _MARK.match(text) else text
