"""Parse one row of a list of people: its values, or its first problem."""

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
from stewardship.people.imports.files.row_problems import RowProblem, problem_with_text

LONGEST: Final = {"name": 200, "number": 64, "login": 254}
# Prefix of the keys of notes that leave a row out.
LEFT_PREFIX: Final = "left_"
_BETWEEN_ROLES: Final = re.compile(r"[,;|+&/]")
_SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class TypedRow:
    """The values of a row; an empty one leaves the recorded value unchanged.

    `problem`: the reason why it is an error. `left_out`: a file of another system requests what is
    not imported, as described in `notes`.
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
    problem: RowProblem | None = None
    notes: tuple[RowProblem, ...] = ()
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class RowReader:
    """Settings to read the rows of one file. `order` is that of its dates, "" if unknown."""

    columns: Sequence[str]
    order: str
    today: date

    def read(self, row: int, cells: Sequence[str]) -> TypedRow:
        """Return the values of a row, with its first problem."""
        typed = dict(zip(self.columns, cells, strict=True))
        problems: list[RowProblem] = []
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
            left_out=any(note.key.startswith(LEFT_PREFIX) for note in notes),
        )

    def _read_born(self, text: str, problems: list[RowProblem]) -> date | None:
        if not text:
            return None
        try:
            born = read_date(text, self.order)
        except AmbiguousDate:
            problems.append(problem_with_text("date_order", text))
        except ValueError:
            problems.append(problem_with_text("date", text))
        else:
            if age_bands.is_plausible(born, self.today):
                return born
            problems.append(problem_with_text("date_range", text))
        return None


def _name_of(typed: Mapping[str, str]) -> str:
    parts = (typed.get("first_name", ""), typed.get("last_name", ""))
    return one_blank_each(typed.get("name") or " ".join(part for part in parts if part))


def one_blank_each(name: str) -> str:
    """Return a name with single blanks."""
    return _SPACES.sub(" ", name)


def _read_roles(text: str, problems: list[RowProblem]) -> tuple[str, ...]:
    words = [trim(word) for word in _BETWEEN_ROLES.split(text)] if text else []
    roles = set()
    for word in filter(None, words):
        role = SITE_ROLES.get(fold_word(word))
        if role is None:
            problems.append(problem_with_text("role", word))
        else:
            roles.add(role)
    return tuple(sorted(roles))


def _read_notes(text: str) -> tuple[RowProblem, ...]:
    """Return the notes that a converter wrote: one `key=text` per line."""
    parts = (line.partition("=") for line in text.split("\n") if line)
    return tuple(
        problem_with_text(key, named) if named else RowProblem(key) for key, _sign, named in parts
    )


def _check_texts(texts: Mapping[str, str]) -> list[RowProblem]:
    found = [
        RowProblem(f"{name}_long") for name, most in LONGEST.items() if len(texts[name]) > most
    ]
    if texts["email"] and not is_email(texts["email"]):
        found.append(problem_with_text("email", texts["email"]))
    if texts["guardian"] and not is_email(texts["guardian"]):
        found.append(problem_with_text("guardian", texts["guardian"]))
    if has_invisible(texts["login"]):
        found.append(RowProblem("login_invisible"))
    # Some texts are empty once normalised, and so identify no one.
    if any(texts[name] and not normalise_login(texts[name]) for name in ("login", "number")):
        found.append(RowProblem("login_missing"))
    return found
