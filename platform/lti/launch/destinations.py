"""What a launch opens: the course of the platform's course, or a unit or question of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from accounts.access import uuid_or_none
from courses.models import Course, Question, Unit
from lti.addresses import is_callable, path_of
from lti.launch.claims import Launch
from lti.models import (
    LearningPlatform,
    LinkedGrade,
    PlatformAccount,
    PlatformCourse,
    PlatformLink,
)

UNIT_PATH: Final = re.compile(r"/units/([0-9a-f-]{36})/")


class UnknownUnit(Exception):
    """The link names a unit or question that is not in the course."""


class NotConnected(Exception):
    """No course here was chosen for the platform's course."""

    def __init__(self, course: PlatformCourse) -> None:
        super().__init__(course.title)
        self.course = course


@dataclass(frozen=True, slots=True)
class Destination:
    """The page that a launch opens; `link`: a learner's link to a unit."""

    path: str
    link: PlatformLink | None = None


@transaction.atomic
def note_course(platform: LearningPlatform, launch: Launch, *, now: datetime) -> PlatformCourse:
    """Return the platform's course, with what this launch says about it."""
    said = {
        "title": launch.title,
        "members_url": launch.members_url if is_callable(launch.members_url) else "",
        "seen_at": now,
    }
    row, _made = PlatformCourse.objects.update_or_create(
        platform=platform,
        deployment=launch.deployment,
        context=launch.context,
        defaults=said,
        create_defaults={**said, "due_at": now},
    )
    return row


def find_destination(within: PlatformCourse, launch: Launch, *, now: datetime) -> Destination:
    """Return what the launch opens. Raises NotConnected for learners, UnknownUnit."""
    course = within.course
    if course is None:
        if not launch.teaches:
            raise NotConnected(within)
        return Destination(reverse("lti:connect", args=[within.id]))
    unit = _find_unit(within, launch)
    question = None if unit is None else _find_question(unit, launch)
    link = _note_link(within, launch, unit, now)
    if launch.teaches:
        return Destination(reverse("teaching:now", args=[course.slug]))
    if unit is None:
        return Destination(reverse("classroom:course", args=[course.slug]))
    path = reverse("classroom:unit", args=[unit.code])
    return Destination(path if question is None else f"{path}?question={question.code}", link)


def follow_grade(account: PlatformAccount, link: PlatformLink | None, *, now: datetime) -> None:
    """Compare the learner's grade with the platform's from now on, if the link gets grades."""
    unit = None if link is None else link.unit
    if link is not None and link.line_item and unit is not None and unit.scenario == "graded":
        LinkedGrade.objects.get_or_create(
            account=account, link=link, defaults={"checked_at": now, "due_at": now}
        )


def find_linkable_questions(course: Course) -> QuerySet[Question]:
    """Return the questions that a link may open by themselves: those of quizzes for practice.

    A question of a test is answered in an attempt, with the others.
    """
    rows = Question.objects.filter(
        unit__course=course, unit__position__isnull=False, unit__scenario="course"
    )
    return rows.filter(unit__kind="quiz", position__isnull=False).order_by("unit", "position")


def _find_unit(within: PlatformCourse, launch: Launch) -> Unit | None:
    """Return the unit that the link names, by a custom parameter or by its address."""
    path = UNIT_PATH.fullmatch(path_of(launch.target))
    named = launch.custom.get("unit") or (path[1] if path else "")
    if not named:
        return None
    code = uuid_or_none(str(named))
    rows = Unit.objects.filter(course=within.course, position__isnull=False)
    unit = None if code is None else rows.filter(code=code).first()
    if unit is None:
        raise UnknownUnit
    return unit


def _find_question(unit: Unit, launch: Launch) -> Question | None:
    """Return the question that the link names by a custom parameter. Raises UnknownUnit."""
    named = launch.custom.get("question")
    if not named:
        return None
    code = uuid_or_none(str(named))
    rows = find_linkable_questions(unit.course).filter(unit=unit)
    question = None if code is None else rows.filter(code=code).first()
    if question is None:
        raise UnknownUnit
    return question


def _note_link(
    within: PlatformCourse, launch: Launch, unit: Unit | None, now: datetime
) -> PlatformLink:
    line_item = launch.line_item if is_callable(launch.line_item) else ""
    row, _made = PlatformLink.objects.update_or_create(
        within=within,
        link=launch.link,
        defaults={"unit": unit, "line_item": line_item, "seen_at": now},
    )
    return row
