"""A list of people as somebody types or exports it: one a line, or CSV with or without a head.

Nothing is looked up here. What cannot be understood is said with its line.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from accounts.digests import normal

MOST_LINES: Final = 500
MOST_CHARACTERS: Final = 64 * 1024
LONGEST_LOGIN: Final = 254
# Words are compared as `_word` writes them: small, without blanks, hyphens and the like.
LOGIN_HEADS: Final = frozenset(
    [
        "login",
        "loginname",
        "email",
        "emailaddress",
        "username",
        "anmeldename",
        "benutzername",
        "nutzername",
        "benutzerkennung",
        "emailadresse",
        "mailadresse",
    ]
)
ROLE_HEADS: Final = frozenset(["role", "roles", "rolle", "rollen"])
LEARNERS: Final = (
    "learner learners student students pupil pupils lernende lernender lernenden"
    " schüler schülerin schülerinnen studentin studierende studierender"
)
TEACHERS: Final = (
    "teacher teachers coteacher instructor lecturer lehrende lehrender lehrenden lehrer lehrerin"
    " lehrerinnen lehrkraft lehrkräfte lehrperson dozent dozentin dozierende"
)
ROLES: Final = dict.fromkeys(LEARNERS.split(), "learner") | dict.fromkeys(
    TEACHERS.split(), "teacher"
)
SEPARATORS: Final = ",;\t"
UTF_16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
# Blanks of every kind, and the marks without width that office programs leave.
_BLANK: Final = r"[\s\u00ad\u180e\u200b-\u200f\u2060\ufeff]+"
_EDGES: Final = re.compile(rf"\A{_BLANK}|{_BLANK}\Z")
_BETWEEN: Final = re.compile(rf"{_BLANK}|[-‐‑_:*/()]")  # noqa: RUF001
_CONTROL: Final = re.compile(r"[\0-\x08\x0e-\x1f\x7f]")
_EXCEL_SEPARATOR: Final = re.compile(r"sep=[,;\t]", re.IGNORECASE)

TOO_MANY: Final = lazy("These are more than {most} lines. Send them in parts.")
TOO_LONG: Final = lazy("This is too long for a list of people. Send it in parts.")
NO_TEXT: Final = lazy("This file is no text. Save it as CSV in UTF-8.")
NOBODY: Final = lazy("Nobody stands in this list.")
NO_LOGIN_HEAD: Final = lazy("The first line names columns, but none of them “login” or “e-mail”.")


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
    try:
        text = _decoded(sent)
    except UnicodeDecodeError as error:
        raise Unreadable(NO_TEXT) from error
    if _CONTROL.search(text):
        raise Unreadable(NO_TEXT)
    return text


def _decoded(sent: bytes) -> str:
    """Return the text in UTF-16 with its mark, else in UTF-8, else as Windows saves it."""
    if sent.startswith(UTF_16_MARKS):
        return sent.decode("utf-16")
    try:
        return sent.decode("utf-8-sig")
    except UnicodeDecodeError:
        return sent.decode("cp1252")


def read(text: str, role: str) -> list[Typed]:
    """Every line that says something; `role` is for those that name none. Raises Unreadable."""
    if len(text) > MOST_CHARACTERS or "\0" in text:
        raise Unreadable(TOO_LONG)
    rows = [(number, cells) for number, cells in _cells(text) if any(cells)]
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


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each line is one row: a quote that is not closed spoils no other line."""
    for number, line in enumerate(text.splitlines(), 1):
        if number == 1 and _EXCEL_SEPARATOR.fullmatch(_EDGES.sub("", line)):
            continue
        separator = max(SEPARATORS, key=line.count)
        row = next(csv.reader([line], delimiter=separator), [])
        yield number, [_EDGES.sub("", cell) for cell in row]


def _head(cells: list[str]) -> Mapping[str, int] | None:
    """Where the columns are, if these cells are names of columns."""
    known = {"login": LOGIN_HEADS, "role": ROLE_HEADS}
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        for name, heads in known.items():
            if _word(cell) in heads:
                places.setdefault(name, place)
    return places or None


def _lines(
    rows: list[tuple[int, list[str]]], places: Mapping[str, int], role: str
) -> Iterator[Typed]:
    seen: dict[str, int] = {}
    for number, cells in rows:
        login, said = (_at(cells, places.get(name)) for name in ("login", "role"))
        wanted = ROLES.get(_word(said)) if said else role
        problem = _problem(login, said, wanted, seen.get(normal(login)))
        seen.setdefault(normal(login), number)
        yield Typed(number, login[:LONGEST_LOGIN], wanted or "", problem)


def _word(cell: str) -> str:
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", cell).casefold())


def _at(cells: list[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def _problem(login: str, said: str, role: str | None, before: int | None) -> str:
    if not normal(login):
        return _("No log-in name or e-mail stands here.")
    if len(login) > LONGEST_LOGIN:
        return _("This is too long to be a log-in name.")
    if role is None:
        return _("A role is learner or teacher, not “{said}”.").format(said=said[:40])
    if before is not None:
        return _("The same as line {line}. Leave one of them out.").format(line=before)
    return ""
