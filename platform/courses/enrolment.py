"""Enrol people in a course and remove them.

Each change records a leaf in the same transaction. Answers, posts and grades are left as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction

import audit
from accounts.models import User
from courses.models import Course, Enrolment


class LastTeacher(Exception):
    """A course must have at least one Teacher."""


@transaction.atomic
def enrol(
    course: Course, people: Iterable[User], role: str, *, by: User, since: datetime
) -> list[User]:
    """Enrol all of them or, on an error, none; return those who were not enrolled before."""
    fresh = []
    for person in people:
        _, made = Enrolment.objects.get_or_create(
            course=course, user=person, role=role, defaults={"since": since}
        )
        if made:
            fresh.append(person)
            _record(course, person, role, "in", by)
    return fresh


@transaction.atomic
def remove(course: Course, person: User, role: str, *, by: User) -> Enrolment | None:
    """Remove a person and return the enrolment that was deleted; None where there was none.

    Its date and group allow the removal to be undone. Raises LastTeacher.
    """
    rows = Enrolment.objects.select_for_update().filter(course=course, role=role)
    # Lock in a fixed order, so that two Teachers who remove each other cannot both succeed.
    here = {row.user_id: row for row in rows.order_by("pk")}
    row = here.get(person.pk)
    if row is None:
        return None
    if role == "teacher" and len(here) == 1:
        raise LastTeacher
    row.delete()
    _record(course, person, role, "out", by)
    return row


@transaction.atomic
def undo_enrolments(enrolments: Collection[int], *, by: User) -> None:
    """Undo enrolments by their pks; a person who was enrolled again since stays.

    Raises LastTeacher.
    """
    rows = Enrolment.objects.filter(pk__in=enrolments).select_related("course", "user")
    for row in rows.order_by("pk"):
        if row.role == "teacher":
            remove(row.course, row.user, row.role, by=by)
        elif row.delete()[0]:
            _record(row.course, row.user, row.role, "out", by)


def _record(course: Course, person: User, role: str, what: str, by: User) -> None:
    public = {"course": course.slug, "role": role, "what": what}
    audit.record("enrolment.change", actor=by.code, subject=person.code, public=public)
