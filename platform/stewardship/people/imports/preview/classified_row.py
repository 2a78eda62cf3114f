"""What the import of one row would do, and the courses it names."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.administration.person_records import PersonRecord
from accounts.models import User
from stewardship.people.imports.files.row_parser import TypedRow
from stewardship.people.imports.files.row_problems import RowProblem
from stewardship.people.imports.models import OTHER


@dataclass(frozen=True, slots=True)
class NamedCourse:
    """A course as a preview stores it, and the role in which a person joins it."""

    code: str
    title: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class ClassifiedRow:
    """The effect of an import of one row. `before` is the record of a known person.

    `guardian_named` is the email of a guardian as in the row, `guardian` the person who has it.
    """

    typed: TypedRow
    kind: str
    turn: int = OTHER
    person: User | None = None
    record: PersonRecord | None = None
    before: PersonRecord | None = None
    fields: tuple[str, ...] = ()
    guardian: User | None = None
    guardian_named: str = ""
    courses: tuple[NamedCourse, ...] = ()
    notes: tuple[RowProblem, ...] = ()
