"""Everybody in a course as its Teachers see them, and a whole list of further ones put in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.name_order import by_name
from courses import enrolment
from courses.models import Course, Enrolment
from teaching.enrolment.import_preview import Preview
from teaching.roster import Face, face_of


@dataclass(frozen=True, slots=True)
class Member:
    """`stays`: the only Teacher there is, who cannot leave."""

    who: Face
    since: datetime
    stays: bool


@dataclass(frozen=True, slots=True)
class Members:
    teachers: list[Member]
    learners: list[Member]


def here_now(course: Course) -> Members:
    """By name."""
    rows = list(
        Enrolment.objects.filter(course=course, user__is_active=True).select_related("user")
    )
    alone = sum(row.role == "teacher" for row in rows) == 1
    found: dict[str, list[Member]] = {"teacher": [], "learner": []}
    for row in rows:
        face = face_of(row.user)
        if face is not None:
            found[row.role].append(Member(face, row.since, alone and row.role == "teacher"))
    teachers, learners = (
        by_name(found[role], lambda member: member.who.name) for role in ("teacher", "learner")
    )
    return Members(teachers, learners)


def is_here(course: Course, person: User) -> bool:
    return Enrolment.objects.filter(course=course, user=person).exists()


@transaction.atomic
def put_in(course: Course, found: Preview, *, by: User, now: datetime) -> int:
    """All of the list or, where something fails, nobody; answers how many came."""
    count = 0
    for role in ("learner", "teacher"):
        people = [line.person for line in found.fresh if line.person and line.typed.role == role]
        count += len(enrolment.enrol(course, people, role, by=by, since=now))
    return count
