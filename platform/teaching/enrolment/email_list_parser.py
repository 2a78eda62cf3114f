"""Parse a Teacher's list of emails: typed, pasted from a mail program, or a column of a CSV file.

Lines are split as in other lists of people. If the first line has column names, they select the
column. Without one, blanks, commas and semicolons separate addresses, and `Name <address>` is one
address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.keyed_hash import normalise_login
from accounts.people_import.csv_columns import find_columns
from accounts.people_import.csv_reader import trim, typed_lines
from teaching.enrolment.list_parser import UnreadableList

_BETWEEN = re.compile(r"[\s,;]+")
_QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True)
class TypedEmail:
    """A text that should be an address, and its line number."""

    number: int
    text: str


def read_emails(text: str) -> list[TypedEmail]:
    """Return the addresses in the list without duplicates. Raises UnreadableList."""
    found: dict[str, TypedEmail] = {}
    for each in _parse_emails(text):
        found.setdefault(normalise_login(each.text), each)
    return list(found.values())


def _parse_emails(text: str) -> Iterator[TypedEmail]:
    place: int | None = None
    lines = list(typed_lines(text, _is_heading))
    if lines and _is_heading(headings := lines[0][2]):
        place = _choose_column(find_columns(headings))
        lines = lines[1:]
    for number, line, cells in lines:
        if place is None:
            yield from (TypedEmail(number, each) for each in _split_line(line, cells))
        else:
            cell = cells[place] if place < len(cells) else ""
            if not cell:
                raise UnreadableList(_("Line {line} has no email address.").format(line=number))
            yield from (TypedEmail(number, each) for each in _split_line(cell, [cell]))


def _is_heading(cells: list[str]) -> bool:
    return not any("@" in cell for cell in cells) and bool(find_columns(cells))


def _choose_column(columns: dict[str, int]) -> int:
    if "email" not in columns:
        raise UnreadableList(
            _("The first line contains column names, but none of them is “email”.")
        )
    return columns["email"]


def _split_line(line: str, cells: list[str]) -> Iterator[str]:
    """Yield the addresses in a text, and also words that are not addresses."""
    if "<" not in line:
        for cell in cells:
            yield from _split_words(cell)
        return
    *pieces, rest = line.split(">")
    for piece in pieces:
        before, _sign, address = piece.rpartition("<")
        # The part before "<" is this person's name, and earlier parts may belong to it, so yield
        # only addresses.
        named = re.split("[,;]", _QUOTED.sub(" ", before))[:-1]
        yield from (each for part in named for each in _split_words(part) if "@" in each)
        yield trim(address)
    yield from _split_words(rest)


def _split_words(text: str) -> Iterator[str]:
    yield from (trim(part) for part in _BETWEEN.split(text) if normalise_login(trim(part)))
