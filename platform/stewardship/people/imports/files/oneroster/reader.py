"""Read OneRoster 1.1 and 1.2 as a table of people; what is not imported becomes a note of its row.

Users who are deleted, disabled or have another role are listed in the preview and not changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from stewardship.people.imports.files.csv_table import (
    EMPTY,
    LARGEST_FILE,
    MOST_ROWS,
    PeopleTable,
    UnreadableFile,
    describe_large_file,
    describe_many_rows,
    read_table,
)
from stewardship.people.imports.files.oneroster.archive import (
    MAGIC,
    Cells,
    CsvArchive,
    open_archive,
)
from stewardship.people.imports.files.oneroster.school import (
    ROLE_OF,
    SchoolExport,
    is_deleted,
    read_school,
)
from stewardship.people.imports.files.packed_rows import pack
from stewardship.people.imports.preview.course_names import CourseNames

VERSIONS: Final = ("1.1", "1.2")
# Columns as in the import of a plain list; `notes` has no heading there.
COLUMNS: Final = {
    "number": "Number",
    "name": "Name",
    "login": "Username",
    "email": "E-mail",
    "roles": "Role",
    "guardian": "Guardian's e-mail",
    "classes": "Class",
    "teaches": "Teaches",
    "notes": "Notes",
}
READ_COLUMNS: Final = (
    "sourcedid",
    "status",
    "enableduser",
    "username",
    "givenname",
    "familyname",
    "preferredgivenname",
    "preferredfamilyname",
    "email",
    "role",
    "agentsourcedids",
)
# The file of an export whose rows become the rows of the table.
USERS: Final = "users.csv"
NOT_ONEROSTER: Final = lazy("The ZIP file is not a OneRoster export: it has no {name}.")
OTHER_VERSION: Final = lazy("This OneRoster version is not supported. Export version 1.1 or 1.2.")


def read_upload(sent: bytes, today: date) -> PeopleTable:
    """Return the people in a CSV file or a OneRoster export. Raises UnreadableFile."""
    if not sent.startswith(MAGIC):
        return read_table(sent)
    return read_oneroster(open_archive(sent), CourseNames.load(), today)


def file_of_rows(columns: Sequence[str]) -> str:
    """Return the file of an export that has the rows of a table, or "" for a plain list."""
    return USERS if "notes" in columns else ""


def read_oneroster(archive: CsvArchive, names: CourseNames, today: date) -> PeopleTable:
    """Return the users as a table. Raises UnreadableFile."""
    _check_files(archive)
    users = list(_read_users(archive))
    if not users:
        raise UnreadableFile(EMPTY)
    school = read_school(archive, (cells for _number, cells in users), names, today)
    rows = [(number, _make_cells(cells, school)) for number, cells in users]
    if sum(len(cell) for _number, cells in rows for cell in cells) > LARGEST_FILE:
        raise describe_large_file()
    left_out = [heading for heading in users[0][1] if heading not in READ_COLUMNS]
    return PeopleTable(list(COLUMNS), list(COLUMNS.values()), left_out, pack(rows))


def _check_files(archive: CsvArchive) -> None:
    properties = {
        cells.get("propertyname", "").casefold(): cells.get("value", "")
        for _number, cells in archive.read_rows("manifest.csv")
    }
    version = properties.get("oneroster.version", "")
    needed = ["manifest.csv", USERS]
    if version == "1.2":
        needed.append("roles.csv")
    for name in needed:
        if name not in archive:
            raise UnreadableFile(str(NOT_ONEROSTER).format(name=name))
    if version not in VERSIONS:
        raise UnreadableFile(OTHER_VERSION)


def _read_users(archive: CsvArchive) -> Iterator[tuple[int, Cells]]:
    for count, (number, cells) in enumerate(archive.read_rows(USERS)):
        if count >= MOST_ROWS:
            raise describe_many_rows()
        if not cells.get("sourcedid"):
            what = _("In users.csv, row {row} has no sourcedId. Export the file again.")
            raise UnreadableFile(what.format(row=number))
        yield number, cells


def _make_cells(cells: Cells, school: SchoolExport) -> list[str]:
    """Return the cells in the order of COLUMNS; fewer for a user who is left out."""
    key, name = cells["sourcedid"], _name_of(cells)
    role_names = school.roles.get(key, ())
    roles = sorted({ROLE_OF[role.casefold()] for role in role_names if role.casefold() in ROLE_OF})
    if note := _find_reason(cells, role_names, roles):
        return [key, name, *[""] * 6, note]
    guardians = school.guardians.get(key, ()) if "learner" in roles else ()
    learns, teaches, notes = _split_joined(school.joined.get(key, ()), roles)
    notes += [f"role_other={role}" for role in role_names if role.casefold() not in ROLE_OF]
    notes += ["guardian_no_email"] if "" in guardians else []
    named = [email for email in guardians if email]
    notes += ["guardian_more"] if len(named) > 1 else []
    account = [cells.get("username", ""), cells.get("email", "")]
    joined = [", ".join(learns), ", ".join(teaches)]
    guardian = next(iter(named), "")
    return [key, name, *account, ", ".join(roles), guardian, *joined, "\n".join(notes)]


def _name_of(cells: Cells) -> str:
    first = cells.get("preferredgivenname") or cells.get("givenname", "")
    last = cells.get("preferredfamilyname") or cells.get("familyname", "")
    return " ".join(part for part in (first, last) if part)


def _find_reason(cells: Cells, role_names: Sequence[str], roles: Sequence[str]) -> str:
    """Return the reason why a user is left out, or ""."""
    if is_deleted(cells):
        return "left_deleted"
    if cells.get("enableduser", "").casefold() == "false":
        return "left_disabled"
    if roles:
        return ""
    return f"left_role={', '.join(role_names)}" if role_names else "left_no_role"


def _split_joined(
    joined: Sequence[tuple[str, str]], roles: Sequence[str]
) -> tuple[list[str], list[str], list[str]]:
    """Return the classes of a learner, those of a teacher, and notes about other roles."""
    learns = [name for name, role in joined if role == "student" and "learner" in roles]
    teaches = [name for name, role in joined if role == "teacher" and "teacher" in roles]
    placed = {*learns, *teaches}
    return learns, teaches, [f"class_role={name}" for name, _role in joined if name not in placed]
