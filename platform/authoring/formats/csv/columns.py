"""The columns of the table of questions, and cells that hold several parts."""

from __future__ import annotations

import re

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage
from authoring.translatable_message import Said, said
from privacy import safe_csv

FIRST = (
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
ASKED = ("right", "answer", "accepted", "compare", "tolerance", "units")
LAST = ("explanation",)
# Each of these is followed by a number: choice_1, choice_2, …
NUMBERED = ("choice", "feedback", "match", "gap", "wrong", "hint")
NEEDED = ("kind", "prompt")
MOST = 26
_NUMBERED = re.compile(rf"({'|'.join(NUMBERED)})_([1-9]\d?)")
_DANGER = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_MARK = re.compile(r"\\*[*#]")
SEPARATOR = " | "


def is_column(name: str) -> bool:
    match = _NUMBERED.fullmatch(name)
    return name in FIRST + ASKED + LAST or (match is not None and int(match[2]) <= MOST)


def safe(cell: str) -> str:
    """Return the cell in a form that no spreadsheet reads as a formula."""
    return cell if _NUMBER.fullmatch(cell) else safe_csv.guarded(cell)


def place(row: int, column: int | str) -> Said:
    """Return the place in the table for an error message."""
    return said(_("row {row}, column {column}"), row=row, column=column)


def header(file: str, cells: list[str]) -> list[str]:
    """Return the names of the columns; raise BrokenPackage for an unknown column."""
    names = [cell.strip().lower() for cell in cells]
    for number, name in enumerate(names, 1):
        if not is_column(name):
            what = said(
                _("expected one of the columns in docs/formats.md, found {name!r}"), name=name[:40]
            )
            raise BrokenPackage(file, place(1, number), what)
        if name in names[: number - 1]:
            raise BrokenPackage(file, place(1, number), said(_("{name!r} occurs twice"), name=name))
    for name in NEEDED:
        if name not in names:
            what = said(_("expected the column {name!r}, found none"), name=name)
            raise BrokenPackage(file, said(_("row {row}"), row=1), what)
    return names


def without_guards(cell: str, *, exported: bool) -> str:
    """Return the text of a cell without the marks of `guard_cell`.

    A table that was written by hand has at most one mark at the start of a cell: `'-ing'` is a
    word.
    """
    if exported:
        return safe_csv.unguarded(cell)
    return cell[1:] if cell.startswith("'") and _DANGER.match(cell) else cell


def joined(parts: list[str]) -> str:
    return SEPARATOR.join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)


def parted(cell: str) -> list[str]:
    """Split the parts of a cell at each `|`; `\\|` is a literal stroke."""
    found = [""]
    for piece in re.findall(r"\\.|\||[^\\|]+|\\$", cell, re.DOTALL):
        if piece == "|":
            found.append("")
        else:
            found[-1] += piece[1:] if piece[0] == "\\" and piece[1:] in ("\\", "|") else piece
    return [part.strip() for part in found if part.strip()]


def guarded(text: str) -> str:
    """Escape a mark at the start of a gap's text: `\\*` is a star, `\\#` a number sign."""
    return f"\\{text}" if _MARK.match(text) else text


def unguarded(text: str) -> str:
    return text[1:] if text.startswith("\\") and _MARK.match(text) else text
