"""Memberships in platforms' courses, and the enrolments here that follow from them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from courses import enrolment
from lti.models import PlatformAccount, PlatformCourse, PlatformMember


@transaction.atomic
def note_member(
    account: PlatformAccount, within: PlatformCourse, *, teaches: bool, now: datetime
) -> None:
    """Record a membership, and enrol the person in the course here if one is connected."""
    row, _made = PlatformMember.objects.update_or_create(
        account=account, within=within, defaults={"teaches": teaches, "seen_at": now}
    )
    if within.course is None:
        return
    person = account.person
    role = "teacher" if teaches else "learner"
    if enrolment.enrol(within.course, [person], role, by=person, since=now):
        row.enrolled = True
        row.save(update_fields=["enrolled"])


@transaction.atomic
def end_member(member: PlatformMember) -> None:
    """Delete a membership that ended there, and the enrolment that it made here.

    A person enrolled by a Teacher here stays, and so does a course's last Teacher. Answers and
    grades stay either way.
    """
    course, person = member.within.course, member.account.person
    member.delete()
    others = PlatformMember.objects.filter(account__person=person, within__course=course)
    if course is None or not member.enrolled or others.exists():
        return
    try:
        with transaction.atomic():
            role = "teacher" if member.teaches else "learner"
            enrolment.remove(course, person, role, by=person)
    except enrolment.LastTeacher:
        return
