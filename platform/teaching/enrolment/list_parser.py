"""A list of people as somebody types or exports it: one a line, or CSV with or without a head.

Nothing is looked up here. What cannot be understood is said with its line.
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
NOBODY: Final = lazy("The list is empty.")
NO_LOGIN_HEAD: Final = lazy(
    "The first line contains column names, but none of them is “login” or “e-mail”."
)


class Unreadable(Exception):
    """The whole of it is no list; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Typed:
    """One line: who in which role, or what is wrong with it."""

    number: int
    login: str
    role: str
    problem: str = ""


def text_of(sent: bytes) -> str:
    """What a file says; raises Unreadable."""
    if len(sent) > MOST_CHARACTERS:
        raise Unreadable(TOO_LONG)
    text = decode_text(sent)
    if text is None:
        raise Unreadable(NO_TEXT)
    return text


def read(text: str, role: str) -> list[Typed]:
    """Every line that says something; `role` is for those that name none. Raises Unreadable."""
    if len(text) > MOST_CHARACTERS or "\0" in text:
        raise Unreadable(TOO_LONG)
    lines = typed_lines(text, lambda cells: _head(cells) is not None)
    rows = [(number, cells) for number, _line, cells in lines]
    if not rows:
        raise Unreadable(NOBODY)
    if len(rows) > MOST_LINES:
        raise Unreadable(str(TOO_MANY).format(most=MOST_LINES))
    places = _head(rows[0][1])
    if places is None:
        return list(_lines(rows, {"login": 0, "role": 1}, role))
    if "login" not in places:
        raise Unreadable(NO_LOGIN_HEAD)
    if len(rows) == 1:
        raise Unreadable(NOBODY)
    return list(_lines(rows[1:], places, role))


def _head(cells: list[str]) -> Mapping[str, int] | None:
    """Where the columns are, if these cells are names of columns."""
    known = find_columns(cells)
    logins = [known[name] for name in ("login", "email") if name in known]
    places = {"login": min(logins)} if logins else {}
    if "roles" in known:
        places["role"] = known["roles"]
    return places or None


def _lines(
    rows: list[tuple[int, list[str]]], places: Mapping[str, int], role: str
) -> Iterator[Typed]:
    seen: dict[str, int] = {}
    for number, cells in rows:
        login, said = (_at(cells, places.get(name)) for name in ("login", "role"))
        wanted = CLASS_ROLES.get(fold_word(said)) if said else role
        problem = _problem(login, said, wanted, seen.get(normalise_login(login)))
        seen.setdefault(normalise_login(login), number)
        yield Typed(number, login[:LONGEST_LOGIN], wanted or "", problem)


def _at(cells: list[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def _problem(login: str, said: str, role: str | None, before: int | None) -> str:
    if not normalise_login(login):
        return _("This line has no username or email.")
    if len(login) > LONGEST_LOGIN:
        return _("This is too long for a username.")
    if role is None:
        return _("The role must be learner or teacher, not “{said}”.").format(said=said[:40])
    if before is not None:
        return _("Same as line {line}. Remove one of them.").format(line=before)
    return ""
