"""Roles, classes and guardians in a OneRoster export, by its own ids.

Entries that are marked as deleted, or have ended, are ignored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Final

from accounts.email_address import is_email
from stewardship.people.imports.files.oneroster.archive import Cells, CsvArchive
from stewardship.people.imports.preview.course_names import CourseNames

# Imported roles. A relative may lack custody, so it is not a guardian role.
ROLE_OF: Final = {
    "student": "learner",
    "teacher": "teacher",
    "parent": "guardian",
    "guardian": "guardian",
}
_SEPARATORS: Final = str.maketrans(dict.fromkeys(",;|", " "))


@dataclass(frozen=True, slots=True)
class SchoolExport:
    """Roles, classes and guardians by the `sourcedId` of a user.

    `joined` has the class and the role of each enrolment. `guardians` has an email of each
    guardian, or "" if they have none.
    """

    roles: Mapping[str, Sequence[str]]
    joined: Mapping[str, Sequence[tuple[str, str]]]
    guardians: Mapping[str, Sequence[str]]


def read_school(
    archive: CsvArchive, users: Iterable[Cells], names: CourseNames, today: date
) -> SchoolExport:
    """Return the data about these users in the other files. Raises UnreadableFile."""
    users = list(users)
    roles = _read_roles(archive, users, today)
    return SchoolExport(roles, _read_joined(archive, names, today), _find_guardians(users, roles))


def is_deleted(cells: Cells) -> bool:
    return cells.get("status", "").casefold() == "tobedeleted"


def split_ids(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(",") if part.strip()]


def _is_over(cells: Cells, today: date) -> bool:
    with suppress(ValueError):
        return date.fromisoformat(cells.get("enddate", "")[:10]) < today
    return False


def _read_roles(
    archive: CsvArchive, users: Sequence[Cells], today: date
) -> Mapping[str, Sequence[str]]:
    """Return the roles as written; version 1.1 has one in the user's row."""
    found: dict[str, list[str]] = defaultdict(list)
    for cells in users:
        if role := cells.get("role", ""):
            found[cells["sourcedid"]].append(role)
    for _number, cells in archive.read_rows("roles.csv"):
        if not is_deleted(cells) and not _is_over(cells, today):
            found[cells.get("usersourcedid", "")].append(cells.get("role", ""))
    return found


def _read_joined(
    archive: CsvArchive, names: CourseNames, today: date
) -> Mapping[str, Sequence[tuple[str, str]]]:
    classes = _name_classes(archive, names)
    found: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    for _number, cells in archive.read_rows("enrollments.csv"):
        role, key = cells.get("role", "").casefold(), cells.get("classsourcedid", "")
        if role not in ("student", "teacher") or is_deleted(cells) or _is_over(cells, today):
            continue
        if name := classes.get(key, key.translate(_SEPARATORS)):
            found[cells.get("usersourcedid", "")][name, role] = None
    return {user: list(joined) for user, joined in found.items()}


def _name_classes(archive: CsvArchive, names: CourseNames) -> Mapping[str, str]:
    """Return for each class the address of its course here, else its title; "" if deleted."""
    courses = {cells.get("sourcedid", ""): cells for _n, cells in archive.read_rows("courses.csv")}
    return {
        cells.get("sourcedid", ""): ""
        if is_deleted(cells)
        else _name_class(cells, courses.get(cells.get("coursesourcedid", ""), {}), names)
        for _number, cells in archive.read_rows("classes.csv")
    }


def _name_class(cells: Cells, course: Cells, names: CourseNames) -> str:
    own = [cells.get(name, "") for name in ("classcode", "title", "sourcedid")]
    texts = [*own, course.get("coursecode", ""), course.get("title", "")]
    for text in filter(None, texts):
        found = names.find(text)
        if len(found) == 1:
            return found[0].slug
    return next(filter(None, (own[1], own[0], own[2])), "").translate(_SEPARATORS)


def _find_guardians(
    users: Sequence[Cells], roles: Mapping[str, Sequence[str]]
) -> Mapping[str, Sequence[str]]:
    """Return the emails of guardians by ward; either of the two may refer to the other."""
    emails = {
        cells["sourcedid"]: _email_of(cells)
        for cells in users
        if _is_guardian(roles.get(cells["sourcedid"], ())) and not is_deleted(cells)
    }
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for cells in users:
        own = cells["sourcedid"]
        for other in split_ids(cells.get("agentsourcedids", "")):
            if other in emails and own not in emails:
                found[own][emails[other]] = None
            elif own in emails and other not in emails:
                found[other][emails[own]] = None
    return {ward: list(named) for ward, named in found.items()}


def _is_guardian(roles: Sequence[str]) -> bool:
    return any(ROLE_OF.get(role.casefold()) == "guardian" for role in roles)


def _email_of(cells: Cells) -> str:
    texts = (cells.get("email", ""), cells.get("username", ""))
    return next((text for text in texts if is_email(text)), "")
