"""One row of a list of people as typed: its values, or the one thing that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from accounts import age_bands
from accounts.email_address import is_email
from accounts.identity import has_invisible
from accounts.keyed_hash import normalise_login
from accounts.people_import.csv_reader import fold_word, trim
from accounts.people_import.role_names import SITE_ROLES
from stewardship.people.imports.files.birth_dates import AmbiguousDate, read_date
from stewardship.people.imports.files.row_problems import Problem, about

LONGEST: Final = {"name": 200, "number": 64, "login": 254}
# How the keys of notes begin that leave a row out.
LEFT: Final = "left_"
_BETWEEN_ROLES: Final = re.compile(r"[,;|+&/]")
_SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class TypedRow:
    """The values of a row; an empty one leaves what is recorded. `problem`: why it is an error.

    `left_out`: a file of another system asks for what an import does not do, as `notes` say.
    """

    row: int
    name: str = ""
    login: str = ""
    email: str = ""
    number: str = ""
    born: date | None = None
    roles: tuple[str, ...] = ()
    guardian: str = ""
    classes: str = ""
    teaches: str = ""
    problem: Problem | None = None
    notes: tuple[Problem, ...] = ()
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class RowReader:
    """How the rows of one file are read. `order` is that of its dates, "" where it is open."""

    columns: Sequence[str]
    order: str
    today: date

    def read(self, row: int, cells: Sequence[str]) -> TypedRow:
        """Return the values of a row, with the first thing that is wrong."""
        typed = dict(zip(self.columns, cells, strict=True))
        problems: list[Problem] = []
        born = self._read_born(typed.get("born", ""), problems)
        roles = _read_roles(typed.get("roles", ""), problems)
        texts = {name: typed.get(name, "") for name in ("login", "email", "number", "guardian")}
        texts["name"] = _name_of(typed)
        problems += _check_texts(texts)
        notes = _read_notes(typed.get("notes", ""))
        texts |= {name: typed.get(name, "") for name in ("classes", "teaches")}
        return TypedRow(
            row,
            **texts,
            born=born,
            roles=roles,
            problem=next(iter(problems), None),
            notes=notes,
            left_out=any(note.key.startswith(LEFT) for note in notes),
        )

    def _read_born(self, text: str, problems: list[Problem]) -> date | None:
        if not text:
            return None
        try:
            born = read_date(text, self.order)
        except AmbiguousDate:
            problems.append(about("date_order", text))
        except ValueError:
            problems.append(about("date", text))
        else:
            if age_bands.is_plausible(born, self.today):
                return born
            problems.append(about("date_range", text))
        return None


def _name_of(typed: Mapping[str, str]) -> str:
    parts = (typed.get("first_name", ""), typed.get("last_name", ""))
    return one_blank_each(typed.get("name") or " ".join(part for part in parts if part))


def one_blank_each(name: str) -> str:
    """Return a name with one blank in place of several."""
    return _SPACES.sub(" ", name)


def _read_roles(text: str, problems: list[Problem]) -> tuple[str, ...]:
    words = [trim(word) for word in _BETWEEN_ROLES.split(text)] if text else []
    roles = set()
    for word in filter(None, words):
        role = SITE_ROLES.get(fold_word(word))
        if role is None:
            problems.append(about("role", word))
        else:
            roles.add(role)
    return tuple(sorted(roles))


def _read_notes(text: str) -> tuple[Problem, ...]:
    """Return the notes that a converter wrote: a key a line, and what it is about."""
    parts = (line.partition("=") for line in text.split("\n") if line)
    return tuple(about(key, named) if named else Problem(key) for key, _sign, named in parts)


def _check_texts(texts: Mapping[str, str]) -> list[Problem]:
    found = [Problem(f"{name}_long") for name, most in LONGEST.items() if len(texts[name]) > most]
    if texts["email"] and not is_email(texts["email"]):
        found.append(about("email", texts["email"]))
    if texts["guardian"] and not is_email(texts["guardian"]):
        found.append(about("guardian", texts["guardian"]))
    if has_invisible(texts["login"]):
        found.append(Problem("login_invisible"))
    # Some texts are blanks alone once they are spelled the one way, and identify no person.
    if any(texts[name] and not normalise_login(texts[name]) for name in ("login", "number")):
        found.append(Problem("login_missing"))
    return found
