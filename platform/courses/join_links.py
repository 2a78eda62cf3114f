"""Join links: one for each course, with an end date, by which learners enrol themselves.

A new link replaces the previous one, which stops working.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

import audit
from accounts.models import User
from courses.models import Course, EmailInvitation
from courses.models.email_invitation import end_invitations


@transaction.atomic
def open_link(course: Course, *, until: datetime, by: User) -> UUID:
    code = uuid4()
    _set(course, code, until)
    _end_requested(course)
    _record(course, "invited", by)
    return code


@transaction.atomic
def end_link(course: Course, *, by: User) -> None:
    _set(course, None, None)
    _end_requested(course)
    _record(course, "uninvited", by)


def find_course(code: UUID, *, now: datetime) -> Course | None:
    """Return the course that a valid link leads to."""
    return Course.objects.filter(invite=code, invite_until__gt=now).first()


def _set(course: Course, code: UUID | None, until: datetime | None) -> None:
    course.invite, course.invite_until = code, until
    course.save(update_fields=["invite", "invite_until"])


def _end_requested(course: Course) -> None:
    """End the e-mail invitations that visitors of the previous link requested."""
    end_invitations(EmailInvitation.objects.filter(course=course, by_join_link=True))


def _record(course: Course, what: str, by: User) -> None:
    public = {"course": course.slug, "what": what}
    audit.record("enrolment.change", actor=by.code, subject=None, public=public)
