"""Parse a typed or exported list of people: one per line, or CSV with or without column names.

Nothing is looked up here. Problems are reported per line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from accounts.keyed_hash import normalise_login
from accounts.people_import.csv_columns import find_columns
from accounts.people_import.csv_reader import decode_text, fold_word, typed_lines
from accounts.people_import.role_names import CLASS_ROLES

MOST_LINES: Final = 500
MOST_CHARACTERS: Final = 64 * 1024
LONGEST_LOGIN: Final = 254
TOO_MANY: Final = lazy("The list has more than {most} lines. Split it and add it in parts.")
TOO_LONG: Final = lazy("The list is too long. Split it and add it in parts.")
NO_TEXT: Final = lazy("This is not a text file. Save it as CSV in UTF-8.")
EMPTY_LIST: Final = lazy("The list is empty.")
NO_LOGIN_COLUMN: Final = lazy(
    "The first line contains column names, but none of them is “login” or “e-mail”."
)


class UnreadableList(Exception):
    """The list as a whole is unreadable; the text says what to do."""


@dataclass(frozen=True, slots=True)
class TypedPerson:
    """One line: a login and a role, or the problem with it."""

    number: int
    login: str
    role: str
    problem: str = ""


def decode_upload(sent: bytes) -> str:
    """Return the text of an uploaded file. Raises UnreadableList."""
    if len(sent) > MOST_CHARACTERS:
        raise UnreadableList(TOO_LONG)
    text = decode_text(sent)
    if text is None:
        raise UnreadableList(NO_TEXT)
    return text


def read_people(text: str, role: str) -> list[TypedPerson]:
    """Return every non-empty line; `role` is the default. Raises UnreadableList."""
    if len(text) > MOST_CHARACTERS or "\0" in text:
        raise UnreadableList(TOO_LONG)
    lines = typed_lines(text, lambda cells: _column_places(cells) is not None)
    rows = [(number, cells) for number, _line, cells in lines]
    if not rows:
        raise UnreadableList(EMPTY_LIST)
    if len(rows) > MOST_LINES:
        raise UnreadableList(str(TOO_MANY).format(most=MOST_LINES))
    places = _column_places(rows[0][1])
    if places is None:
        return list(_parse_lines(rows, {"login": 0, "role": 1}, role))
    if "login" not in places:
        raise UnreadableList(NO_LOGIN_COLUMN)
    if len(rows) == 1:
        raise UnreadableList(EMPTY_LIST)
    return list(_parse_lines(rows[1:], places, role))


def _column_places(cells: list[str]) -> Mapping[str, int] | None:
    """Return the positions of the columns if these cells are column names, else None."""
    known = find_columns(cells)
    logins = [known[name] for name in ("login", "email") if name in known]
    places = {"login": min(logins)} if logins else {}
    if "roles" in known:
        places["role"] = known["roles"]
    return places or None


def _parse_lines(
    rows: list[tuple[int, list[str]]], places: Mapping[str, int], role: str
) -> Iterator[TypedPerson]:
    seen: dict[str, int] = {}
    for number, cells in rows:
        login, said = (_cell_at(cells, places.get(name)) for name in ("login", "role"))
        wanted = CLASS_ROLES.get(fold_word(said)) if said else role
        problem = _find_problem(login, said, wanted, seen.get(normalise_login(login)))
        seen.setdefault(normalise_login(login), number)
        yield TypedPerson(number, login[:LONGEST_LOGIN], wanted or "", problem)


def _cell_at(cells: list[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def _find_problem(login: str, said: str, role: str | None, before: int | None) -> str:
    if not normalise_login(login):
        return _("This line has no username or email.")
    if len(login) > LONGEST_LOGIN:
        return _("This is too long for a username.")
    if role is None:
        return _("The role must be learner or teacher, not “{said}”.").format(said=said[:40])
    if before is not None:
        return _("Same as line {line}. Remove one of them.").format(line=before)
    return ""
