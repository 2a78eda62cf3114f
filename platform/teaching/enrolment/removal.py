"""Taking somebody out of a course, and back within ten minutes as if they had never left.

Nothing of theirs is deleted: it stays theirs, in their own pages and their own copy, until they or
their account go. What they have open of the course ends at once, so nothing more is noticed there.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.core import signing
from django.db import transaction
from django.http import Http404

import push
from accounts.models import User
from courses import enrolment
from courses.models import Course
from telemetry import sittings
from telemetry.models import Sitting

UNDO_WITHIN: Final = timedelta(minutes=10)
SALT: Final = "teaching.enrolling"


@transaction.atomic
def take_out(course: Course, person: User, role: str, *, by: User, now: datetime) -> str:
    """Out, with a token to put them back with; raises enrolling.LastTeacher."""
    since = enrolment.remove(course, person, role, by=by)
    if since is None:
        raise Http404
    if role == "learner":
        _end_sittings(course, person, now)
    said = {"course": str(course.code), "person": str(person.code), "role": role}
    return signing.dumps({**said, "since": since.isoformat()}, salt=SALT, compress=True)


@transaction.atomic
def put_back(course: Course, token: str, *, by: User) -> User:
    """With the day they had first come."""
    person, said = whom(course, token)
    since = datetime.fromisoformat(said["since"])
    enrolment.enrol(course, [person], said["role"], by=by, since=since)
    return person


def whom(course: Course, token: str) -> tuple[User, dict[str, Any]]:
    """Who was taken out of this course with this token, while they can be put back; else 404."""
    try:
        said = signing.loads(token, salt=SALT, max_age=UNDO_WITHIN)
    except signing.BadSignature as error:
        raise Http404 from error
    person = User.objects.filter(code=said["person"], is_active=True).first()
    if person is None or said["course"] != str(course.code):
        raise Http404
    return person, said


def _end_sittings(course: Course, person: User, now: datetime) -> None:
    open_ = Sitting.objects.filter(unit__course=course, learner=person, ended_at=None)
    for sitting in open_.select_for_update(of=["self"]):
        sittings.close(sitting, now=now)
        push.notify(f"sitting.{sitting.id}", {"type": "sitting.ended"})
