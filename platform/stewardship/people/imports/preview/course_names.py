"""Courses named in a list: find them, enrol people, and the data to undo that.

A course is found by its address, its code or its title. A name without a course becomes a note of
its row; the person is imported nevertheless.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from accounts.models import User
from accounts.people_import.csv_reader import fold_word, trim
from courses import enrolment
from courses.models import Course, Enrolment
from stewardship.people.imports.files.row_problems import RowProblem, problem_with_text
from stewardship.people.imports.preview.classified_row import ClassifiedRow, NamedCourse

_ROLES: Final = ("learner", "teacher")
_BETWEEN: Final = re.compile(r"[,;|]")
EnrolledRoles = Mapping[int, Mapping[int, Collection[str]]]


@dataclass(frozen=True, slots=True)
class CourseNames:
    """The courses of the site by address and code, and by title."""

    exact: Mapping[str, Course]
    titles: Mapping[str, Sequence[Course]]

    @classmethod
    def load(cls) -> CourseNames:
        """Return the names of all courses except previews of drafts."""
        exact: dict[str, Course] = {}
        titles: dict[str, list[Course]] = defaultdict(list)
        for course in Course.objects.filter(preview_of=None).only("code", "slug", "title"):
            exact |= {course.slug: course, str(course.code): course}
            titles[fold_word(course.title)].append(course)
        return cls(exact, titles)

    def find(self, text: str) -> Sequence[Course]:
        """Return the course with this name; several if only titles match."""
        if course := self.exact.get(text.casefold()):
            return [course]
        return self.titles.get(fold_word(text), ())

    def split(self, cell: str) -> list[str]:
        """Return the names in a cell. A title may contain a comma, so try the whole cell first."""
        if not cell or self.find(cell):
            return [cell] if cell else []
        return [name for part in _BETWEEN.split(cell) if (name := trim(part))]


def plan_courses(rows: Iterable[ClassifiedRow], names: CourseNames) -> list[ClassifiedRow]:
    """Return the rows with the courses their people join, and notes about unknown names."""
    rows = list(rows)
    people = [row.person for row in rows if row.person and _has_courses(row)]
    enrolled = _load_enrolled(people)
    return [_plan(row, names, enrolled) if _has_courses(row) else row for row in rows]


def _has_courses(row: ClassifiedRow) -> bool:
    return row.record is not None and bool(row.typed.classes or row.typed.teaches)


def _load_enrolled(people: Sequence[User]) -> EnrolledRoles:
    """Return the roles by person and course."""
    found: dict[int, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    rows = Enrolment.objects.filter(user__in=people).values_list("user", "course", "role")
    for person, course, role in rows if people else ():
        found[person][course].add(role)
    return found


def _plan(row: ClassifiedRow, names: CourseNames, enrolled: EnrolledRoles) -> ClassifiedRow:
    roles = enrolled.get(row.person.pk, {}) if row.person else {}
    planned = [*_plan_cell(row, names, roles, ""), *_plan_cell(row, names, roles, "teacher")]
    joined = dict.fromkeys(each for each in planned if isinstance(each, NamedCourse))
    notes = [each for each in planned if isinstance(each, RowProblem)]
    row = replace(row, notes=(*row.notes, *notes), courses=_once(joined))
    if not joined:
        return row
    kind = "updated" if row.kind == "same" else row.kind
    return replace(row, kind=kind, fields=(*row.fields, "courses"))


def _once(joined: Iterable[NamedCourse]) -> tuple[NamedCourse, ...]:
    """Return one role per course, with learner taking precedence over teacher."""
    return tuple({each.code: each for each in reversed(list(joined))}.values())


def _plan_cell(
    row: ClassifiedRow, names: CourseNames, roles: Mapping[int, Collection[str]], wanted: str
) -> Iterator[NamedCourse | RowProblem]:
    """Yield the courses of one cell; `wanted` is the requested role, "" for that of the row."""
    for name in names.split(row.typed.teaches if wanted else row.typed.classes):
        found = names.find(name)
        if len(found) != 1:
            yield problem_with_text("class_several" if found else "class_unknown", name)
            continue
        current_roles, role = roles.get(found[0].pk, ()), _find_role(row, wanted)
        if wanted in current_roles or (current_roles and not wanted):
            continue
        if current_roles or not role:
            yield problem_with_text("class_other" if current_roles else "class_role", name)
        else:
            yield NamedCourse(str(found[0].code), found[0].title, role)


def _find_role(row: ClassifiedRow, wanted: str) -> str:
    """Return the role in which the person of a row joins a course, or "" if not allowed."""
    has = row.record.roles if row.record else ()
    return next((role for role in _ROLES if role in has and wanted in ("", role)), "")


def join_courses(person: User, kept: Any, *, by: User, now: datetime) -> list[int]:
    """Enrol a person in the courses of a row; return the new enrolments.

    Deleted courses are skipped, and those in which the person is enrolled already.
    """
    made = []
    for each in kept:
        course = Course.objects.filter(code=each["code"]).first()
        if course is None or person.enrolments.filter(course=course).exists():
            continue
        enrolment.enrol(course, [person], each["role"], by=by, since=now)
        made.append(person.enrolments.get(course=course, role=each["role"]).pk)
    return made


def has_other_courses(person: User, made: Collection[int]) -> bool:
    """Return whether a person is in a course for another reason than the import."""
    return person.enrolments.exclude(pk__in=made).exists()
