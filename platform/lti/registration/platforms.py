"""Registrations of learning platforms: make, change, and connect their courses with ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

import audit
from accounts.models import User
from courses.models import Course
from lti.memberships import end_enrolment
from lti.models import LearningPlatform, PlatformCourse


class CannotRegister(ValueError):
    """A registration was refused; the sentence is for the field that it is about."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class PlatformFacts:
    """What a Steward states about a platform."""

    name: str
    issuer: str
    client_id: str
    login_url: str
    token_url: str
    keys_url: str
    deployments: tuple[str, ...]
    audience: str = ""
    age_band: str = ""
    active: bool = True

    def columns(self) -> Mapping[str, Any]:
        return {each: getattr(self, each) for each in self.__slots__} | {
            "deployments": list(self.deployments)
        }


def platforms_for_steward(user: User) -> QuerySet[LearningPlatform]:
    """Return every registration to a Steward; raise 404 for everyone else."""
    if not user.has_role("steward"):
        raise Http404
    return LearningPlatform.objects.all()


@transaction.atomic
def register(facts: PlatformFacts, *, by: User | None, now: datetime) -> LearningPlatform:
    """Store a new registration. Raises CannotRegister for one that exists."""
    try:
        with transaction.atomic():
            row = LearningPlatform.objects.create(**facts.columns(), made_at=now)
    except IntegrityError:
        raise _doubled() from None
    _record("platform.register", row, by)
    return row


@transaction.atomic
def change(platform: LearningPlatform, facts: PlatformFacts, *, by: User) -> None:
    """Replace what is stored about the platform. Raises CannotRegister.

    People are found by its issuer, so it cannot change once people have come from there.
    """
    if facts.issuer != platform.issuer and platform.accounts.exists():
        raise CannotRegister(
            "issuer",
            _("People have come from this issuer. Register the new one as another platform."),
        )
    try:
        with transaction.atomic():
            LearningPlatform.objects.filter(pk=platform.pk).update(**facts.columns())
    except IntegrityError:
        raise _doubled() from None
    _record("platform.change", platform, by)


@transaction.atomic
def connect_course(row: PlatformCourse, course: Course | None, *, by: User) -> None:
    """Choose the course here that a platform's course opens; None: none any more.

    Enrolments that the former connection made end.
    """
    before = PlatformCourse.objects.select_for_update().get(pk=row.pk)
    if before.course != course:
        for member in before.members.filter(enrolled=True).order_by("pk"):
            end_enrolment(member)
    PlatformCourse.objects.filter(pk=row.pk).update(course=course)
    public = {
        "platform": row.platform_id,
        "within": row.id,
        "course": course.slug if course else "",
    }
    audit.record("platform.course", actor=by.code, subject=None, public=public)


def course_of_member(user: User, id: UUID) -> PlatformCourse:
    """Return a platform's course that this person teaches there; 404 for others."""
    rows = PlatformCourse.objects.filter(
        id=id, platform__active=True, members__account__person=user, members__teaches=True
    ).exclude(context="")
    row = rows.select_related("platform", "course").first()
    if row is None:
        raise Http404
    return row


def _doubled() -> CannotRegister:
    return CannotRegister(
        "client_id", _("A platform with this issuer and client ID is already registered.")
    )


def _record(verb: str, row: LearningPlatform, by: User | None) -> None:
    public = {"platform": row.id}
    audit.record(verb, actor=by.code if by else None, subject=None, public=public)
