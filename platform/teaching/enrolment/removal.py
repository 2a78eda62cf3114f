"""Remove a person from a course; undo it within ten minutes without any trace.

Their data is not deleted: it remains in their own pages and export until they or their account are
deleted. Open Sittings in the course end at once, so no more data is collected there.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.http import Http404

import push
from accounts.models import User
from courses import enrolment, learner_groups
from courses.models import Course
from telemetry import sittings
from telemetry.models import Sitting

UNDO_WITHIN: Final = timedelta(minutes=10)
SALT: Final = "teaching.enrolling"


@transaction.atomic
def remove_member(course: Course, person: User, role: str, *, by: User, now: datetime) -> str:
    """Remove the person and return an undo token. Raises enrolment.LastTeacher."""
    gone = enrolment.remove(course, person, role, by=by)
    if gone is None:
        raise Http404
    if role == "learner":
        _end_sittings(course, person, now)
    undo = {"course": str(course.code), "person": str(person.code), "role": role}
    undo["group"] = str(gone.group.code) if gone.group else ""
    return signing.dumps({**undo, "since": gone.since.isoformat()}, salt=SALT, compress=True)


@transaction.atomic
def restore_member(course: Course, token: str, *, by: User) -> User:
    """Enrol the person again, with the original date and in the group they were in.

    A person who was enrolled again meanwhile stays as they are. A group that was deleted meanwhile
    takes no one back. Tokens made by an older version name no group.
    """
    person, undo = read_undo_token(course, token)
    since = datetime.fromisoformat(undo["since"])
    made = enrolment.enrol(course, [person], undo["role"], by=by, since=since)
    if made and undo.get("group"):
        before = {person.code: UUID(undo["group"])}
        learner_groups.move_back(course, before, to=None, by=by)
    return person


def read_undo_token(course: Course, token: str) -> tuple[User, dict[str, Any]]:
    """Return the person removed with this token, and its content; 404 if it expired."""
    try:
        undo = signing.loads(token, salt=SALT, max_age=UNDO_WITHIN)
    except signing.BadSignature as error:
        raise Http404 from error
    person = User.objects.filter(code=undo["person"], is_active=True).first()
    if person is None or undo["course"] != str(course.code):
        raise Http404
    return person, undo


def _end_sittings(course: Course, person: User, now: datetime) -> None:
    open_ = Sitting.objects.filter(unit__course=course, learner=person, ended_at=None)
    for sitting in open_.select_for_update(of=["self"]):
        sittings.close(sitting, now=now)
        push.notify(f"sitting.{sitting.id}", {"type": "sitting.ended"})
