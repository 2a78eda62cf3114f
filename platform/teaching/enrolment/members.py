"""Members of a course as its Teachers see them, and enrolment of a previewed list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.name_order import by_name
from courses import enrolment
from courses.models import Course, Enrolment
from teaching.enrolment.import_preview import ImportPreview
from teaching.roster import PersonFace, face_of


@dataclass(frozen=True, slots=True)
class CourseMember:
    """One person in the course; `stays`: the only Teacher, who cannot leave."""

    who: PersonFace
    since: datetime
    stays: bool


@dataclass(frozen=True, slots=True)
class CourseMembers:
    teachers: list[CourseMember]
    learners: list[CourseMember]


def list_members(course: Course) -> CourseMembers:
    """Return the members, by name."""
    rows = list(
        Enrolment.objects.filter(course=course, user__is_active=True).select_related("user")
    )
    only_teacher = sum(row.role == "teacher" for row in rows) == 1
    found: dict[str, list[CourseMember]] = {"teacher": [], "learner": []}
    for row in rows:
        face = face_of(row.user)
        if face is not None:
            found[row.role].append(
                CourseMember(face, row.since, only_teacher and row.role == "teacher")
            )
    teachers, learners = (
        by_name(found[role], lambda member: member.who.name) for role in ("teacher", "learner")
    )
    return CourseMembers(teachers, learners)


def is_member(course: Course, person: User) -> bool:
    return Enrolment.objects.filter(course=course, user=person).exists()


@transaction.atomic
def enrol_listed(course: Course, found: ImportPreview, *, by: User, now: datetime) -> int:
    """Enrol all of the list, or no one if something fails; return how many were added."""
    count = 0
    for role in ("learner", "teacher"):
        people = [line.person for line in found.fresh if line.person and line.typed.role == role]
        count += len(enrolment.enrol(course, people, role, by=by, since=now))
    return count
