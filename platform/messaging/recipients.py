"""The Learners a message is for, and those among them who switched messages off."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from accounts.mail import queue
from accounts.models import User
from courses.models import Course, Enrolment, LearnerGroup


@dataclass(frozen=True, slots=True)
class Recipients:
    """Learners who get a message: `off` switched messages off and are left out.

    `silent` get it without an e-mail, by their own choice.
    """

    people: tuple[User, ...]
    off: tuple[User, ...]

    @property
    def silent(self) -> tuple[User, ...]:
        return tuple(person for person in self.people if person.teacher_messages == "here")


def class_learners(course: Course) -> QuerySet[User]:
    """Return the present Learners of the course."""
    here = Enrolment.objects.filter(course=course, role="learner")
    return User.objects.filter(is_active=True, pk__in=here.values("user")).order_by("pk")


def find_recipients(
    course: Course, audience: str, codes: Collection[UUID], group: LearnerGroup | None
) -> Recipients:
    """Return the recipients: the class, a group, or the Learners with these codes."""
    rows = class_learners(course)
    if audience == "group" and group is not None:
        rows = rows.filter(enrolments__group=group)
    elif audience != "class":
        rows = rows.filter(code__in=codes)
    found = tuple(rows)
    return Recipients(
        tuple(person for person in found if person.teacher_messages != "off"),
        tuple(person for person in found if person.teacher_messages == "off"),
    )


def find_mailed(people: Collection[User]) -> set[int]:
    """Return the keys of those of these people who get an e-mail from this site."""
    if not queue.has_server():
        return set()
    return set(may_be_mailed(people).values_list("pk", flat=True))


def may_be_mailed(people: Collection[User]) -> QuerySet[User]:
    """Return those of these people who want an e-mail and can get one."""
    rows = User.objects.filter(queue.CAN_BE_MAILED, teacher_messages="mail")
    return rows.filter(pk__in=[person.pk for person in people])
