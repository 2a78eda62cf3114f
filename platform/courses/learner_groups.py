"""Groups of the Learners of a course: create, rename, delete, and move people (ADR 0087).

Each change records a leaf in the same transaction. A deleted group has no effect, and can be
restored for ten minutes. Then only its name is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

import audit
from accounts.models import User
from courses.models import Course, Enrolment, GroupDates, LearnerGroup

RESTORE_WITHIN: Final = timedelta(minutes=10)


class GroupNameTaken(Exception):
    """Another group of the course has this name."""


def list_groups(course: Course) -> QuerySet[LearnerGroup]:
    """Return the groups of a course that are not deleted, in order of their names."""
    return course.learner_groups.filter(deleted_at=None).order_by("name", "pk")


def find_group(person: User, course: Course) -> LearnerGroup | None:
    """Return the group of this Learner in the course."""
    rows = list_groups(course).filter(enrolments__user=person, enrolments__role="learner")
    return rows.first()


@transaction.atomic
def create_group(course: Course, name: str, *, by: User) -> LearnerGroup:
    """Create an empty group. Raises GroupNameTaken."""
    group = LearnerGroup(course=course, name=name)
    _save(group)
    _record(group, "group_made", by)
    return group


@transaction.atomic
def rename_group(group: LearnerGroup, name: str, *, by: User) -> None:
    """Give the group another name. Raises GroupNameTaken."""
    group.name = name
    _save(group)
    _record(group, "group_named", by)


@transaction.atomic
def delete_group(group: LearnerGroup, *, by: User, now: datetime) -> None:
    """Delete the group; its people stay in the course, with the dates of the class."""
    group.deleted_at = now
    _save(group)
    _record(group, "group_deleted", by)


@transaction.atomic
def restore_group(group: LearnerGroup, *, by: User) -> None:
    """Undo the deletion, for the people who joined no other group since.

    Raises GroupNameTaken.
    """
    group.deleted_at = None
    _save(group)
    _record(group, "group_restored", by)


def can_restore(group: LearnerGroup, *, now: datetime) -> bool:
    return group.deleted_at is not None and now < group.deleted_at + RESTORE_WITHIN


@transaction.atomic
def move_learners(
    course: Course, people: Collection[UUID], group: LearnerGroup | None, *, by: User
) -> dict[UUID, UUID | None]:
    """Put Learners into a group of their course, or with None into none.

    Return the code of each one's group before, or None, for those whose group changed. Codes of
    people who do not learn in the course are left out.
    """
    rows = _lock_enrolments(course, people)
    before = {row.pk: _group_in_use(row) for row in rows}
    moved = [row for row in rows if before[row.pk] != group]
    Enrolment.objects.filter(pk__in=[row.pk for row in moved]).update(group=group)
    what = "ungrouped" if group is None else "grouped"
    public = {"course": course.slug, "what": what}
    named = public if group is None else {**public, "group": group.code}
    audit.record_about_each(
        "enrolment.change", actor=by.code, publics={row.user.code: named for row in moved}
    )
    return {row.user.code: _code_of(before[row.pk]) for row in moved}


@transaction.atomic
def move_back(course: Course, before: Mapping[UUID, UUID | None], *, by: User) -> None:
    """Put Learners back into the groups that `move_learners` returned.

    A group that was deleted since takes none back.
    """
    groups = {group.code: group for group in list_groups(course)}
    for code in set(before.values()):
        if code is None or code in groups:
            people = [person for person, group in before.items() if group == code]
            move_learners(course, people, groups[code] if code else None, by=by)


@transaction.atomic
def forget_deleted(*, now: datetime) -> int:
    """Forget who was in groups that cannot be restored any more, and their dates.

    The name stays, so that Teachers can tell which group a thread was for. Return how many people
    were forgotten.
    """
    gone = LearnerGroup.objects.filter(deleted_at__lte=now - RESTORE_WITHIN)
    GroupDates.objects.filter(group__in=gone).delete()
    return Enrolment.objects.filter(group__in=gone).update(group=None)


def _lock_enrolments(course: Course, people: Iterable[UUID]) -> list[Enrolment]:
    rows = Enrolment.objects.select_for_update(of=["self"]).select_related("user", "group")
    rows = rows.filter(course=course, role="learner", user__code__in=list(people))
    return list(rows.order_by("pk"))


def _group_in_use(row: Enrolment) -> LearnerGroup | None:
    return row.group if row.group and row.group.deleted_at is None else None


def _code_of(group: LearnerGroup | None) -> UUID | None:
    return group.code if group else None


def _save(group: LearnerGroup) -> None:
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError as error:
        raise GroupNameTaken from error


def _record(group: LearnerGroup, what: str, by: User) -> None:
    public = {"course": group.course.slug, "group": group.code, "what": what}
    audit.record("course.edit", actor=by.code, subject=None, public=public)
