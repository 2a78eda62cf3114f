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
    """Record a membership, and enrol the person in the course here if one is connected.

    A new role ends the enrolment that the former one made.
    """
    for before in PlatformMember.objects.filter(account=account, within=within).exclude(
        teaches=teaches
    ):
        end_enrolment(before)
    row, _made = PlatformMember.objects.update_or_create(
        account=account, within=within, defaults={"teaches": teaches, "seen_at": now}
    )
    if within.course is None:
        return
    person = account.person
    if enrolment.enrol(within.course, [person], _role(row), by=person, since=now):
        row.enrolled = True
        row.save(update_fields=["enrolled"])


@transaction.atomic
def end_member(member: PlatformMember) -> None:
    """Delete a membership that ended there, and the enrolment that it made here."""
    end_enrolment(member)
    member.delete()


@transaction.atomic
def end_enrolment(member: PlatformMember) -> None:
    """Remove the enrolment that a membership made here, unless another one needs it too.

    A person enrolled by a Teacher here stays, and so does a course's last Teacher. Answers and
    grades stay either way.
    """
    course, person = member.within.course, member.account.person
    # Asked of the database: the end of another membership may have made this one the heir.
    mine = PlatformMember.objects.filter(pk=member.pk, enrolled=True)
    if course is None or not mine.update(enrolled=False):
        return
    others = PlatformMember.objects.filter(
        account__person=person, within__course=course, teaches=member.teaches
    )
    heir = others.exclude(pk=member.pk).order_by("pk").first()
    if heir is not None:
        PlatformMember.objects.filter(pk=heir.pk).update(enrolled=True)
        return
    try:
        with transaction.atomic():
            enrolment.remove(course, person, _role(member), by=person)
    except enrolment.LastTeacher:
        return


def _role(member: PlatformMember) -> str:
    return "teacher" if member.teaches else "learner"
