"""Groups of the Learners of a course: create, rename, delete, and move people (ADR 0087).

Each change records a leaf in the same transaction. A deleted group has no effect, and can be
restored for ten minutes. Changes lock the group first and its enrolments then, in order of pk.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import Http404

import audit
from accounts.models import User
from courses.models import Course, Enrolment, GroupDates, LearnerGroup

RESTORE_WITHIN: Final = timedelta(minutes=10)
# Later than the last restoring, whose clock was read before it waited for the lock.
FORGET_AFTER: Final = RESTORE_WITHIN + timedelta(minutes=1)


class GroupNameTaken(Exception):
    """Another group of the course has this name."""


@dataclass(frozen=True, slots=True)
class MovedBack:
    """How many Learners were put back where they were, and how many were left where they are."""

    n: int
    left: int


def list_groups(course: Course) -> QuerySet[LearnerGroup]:
    """Return the groups of a course that are not deleted; a page sorts them by name."""
    return course.learner_groups.filter(deleted_at=None)


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
    """Give the group another name. Raises GroupNameTaken, and Http404 if it was deleted."""
    row = lock_group(group)
    row.name = name
    _save(row, ["name"])
    _record(row, "group_named", by)


@transaction.atomic
def delete_group(group: LearnerGroup, *, by: User, now: datetime) -> None:
    """Delete the group; its people stay in the course, with the dates of the class.

    Raises Http404 if it was deleted meanwhile.
    """
    row = lock_group(group)
    row.deleted_at = now
    _save(row, ["deleted_at"])
    _record(row, "group_deleted", by)
    _record_moves(row.course, dict.fromkeys(_lock_members(row)), by)


@transaction.atomic
def restore_group(group: LearnerGroup, *, by: User, now: datetime) -> None:
    """Undo the deletion, for the people who joined no other group since.

    Raises GroupNameTaken, and Http404 if it is too late.
    """
    row = _lock(LearnerGroup.objects.filter(pk=group.pk)).first()
    if row is None or not can_restore(row, now=now):
        raise Http404
    row.deleted_at = None
    _save(row, ["deleted_at"])
    _record(row, "group_restored", by)
    _record_moves(row.course, dict.fromkeys(_lock_members(row), row), by)


def can_restore(group: LearnerGroup, *, now: datetime) -> bool:
    return group.deleted_at is not None and now < group.deleted_at + RESTORE_WITHIN


def lock_group(group: LearnerGroup) -> LearnerGroup:
    """Lock the group against changes by others; raise Http404 if it was deleted."""
    row = _lock(LearnerGroup.objects.filter(pk=group.pk, deleted_at=None)).first()
    if row is None:
        raise Http404
    return row


@transaction.atomic
def move_learners(
    course: Course, people: Collection[UUID], group: LearnerGroup | None, *, by: User
) -> dict[UUID, UUID | None]:
    """Put Learners into a group of their course, or with None into none.

    Return the code of each one's group before, or None, for those whose group changed. Codes of
    people who do not learn in the course are left out. Raises Http404 if the group was deleted.
    """
    to = lock_group(group) if group else None
    rows = _lock_enrolments(course, people)
    before = _groups_of(course, rows)
    moved = [row for row in rows if before[row] != to]
    _put(course, dict.fromkeys(moved, to), by=by)
    return {row.user.code: _code_of(before[row]) for row in moved}


@transaction.atomic
def move_back(
    course: Course, before: Mapping[UUID, UUID | None], *, to: UUID | None, by: User
) -> MovedBack:
    """Put Learners back from the group `to` into those that `move_learners` returned.

    Those who were moved again or left the course are left as they are, and so are those whose
    former group was deleted.
    """
    wanted = [code for code in before.values() if code]
    groups = {row.code: row for row in _lock(list_groups(course).filter(code__in=wanted))}
    rows = _lock_enrolments(course, before)
    now = _groups_of(course, rows)
    targets: dict[Enrolment, LearnerGroup | None] = {}
    for row in rows:
        code = before[row.user.code]
        if _code_of(now[row]) == to and (code is None or code in groups):
            targets[row] = groups[code] if code else None
    _put(course, targets, by=by)
    return MovedBack(len(targets), len(before) - len(targets))


@transaction.atomic
def forget_deleted(*, now: datetime) -> int:
    """Forget groups that cannot be restored any more: who was in them, and their dates.

    The name is kept only while there are threads for the group, so that Teachers can tell which
    group it was. Return how many people were forgotten.
    """
    gone = LearnerGroup.objects.filter(deleted_at__lte=now - FORGET_AFTER)
    due = gone.filter(Q(enrolments__isnull=False) | Q(dates__isnull=False) | Q(threads=None))
    groups = list(_lock(LearnerGroup.objects.filter(pk__in=due.values("pk"))))
    GroupDates.objects.filter(group__in=groups).delete()
    forgotten = Enrolment.objects.filter(group__in=groups).update(group=None)
    gone.filter(pk__in=[group.pk for group in groups], threads=None).delete()
    return forgotten


def _lock(groups: QuerySet[LearnerGroup]) -> QuerySet[LearnerGroup]:
    """Lock these rows; others may still refer to them."""
    rows = groups.select_for_update(of=["self"], no_key=True)
    return rows.select_related("course").order_by("pk")


def _lock_members(group: LearnerGroup) -> list[Enrolment]:
    rows = Enrolment.objects.select_for_update(of=["self"]).select_related("user")
    return list(rows.filter(group=group).order_by("pk"))


def _lock_enrolments(course: Course, people: Iterable[UUID]) -> list[Enrolment]:
    rows = Enrolment.objects.select_for_update(of=["self"]).select_related("user")
    rows = rows.filter(course=course, role="learner", user__code__in=list(people))
    return list(rows.order_by("pk"))


def _groups_of(course: Course, rows: Sequence[Enrolment]) -> dict[Enrolment, LearnerGroup | None]:
    """Return the groups of locked enrolments.

    They are read after the lock. A join would read the group from before another's move.
    """
    groups = {group.pk: group for group in list_groups(course)}
    return {row: groups.get(row.group_id or 0) for row in rows}


def _put(course: Course, targets: Mapping[Enrolment, LearnerGroup | None], *, by: User) -> None:
    """Store the groups of locked enrolments, with a leaf about each person."""
    for row, group in targets.items():
        row.group = group
    Enrolment.objects.bulk_update(targets, ["group"])
    _record_moves(course, targets, by)


def _code_of(group: LearnerGroup | None) -> UUID | None:
    return group.code if group else None


def _save(group: LearnerGroup, fields: Sequence[str] | None = None) -> None:
    try:
        with transaction.atomic():
            group.save(update_fields=fields)
    except IntegrityError as error:
        raise GroupNameTaken from error


def _record(group: LearnerGroup, what: str, by: User) -> None:
    public = {"course": group.course.slug, "group": group.code, "what": what}
    audit.record("course.edit", actor=by.code, subject=None, public=public)


def _record_moves(
    course: Course, targets: Mapping[Enrolment, LearnerGroup | None], by: User
) -> None:
    """Record a leaf about each Learner: the group whose dates apply to them now, or none."""
    publics = {}
    for row, group in targets.items():
        public = {"course": course.slug, "what": "grouped" if group else "ungrouped"}
        publics[row.user.code] = {**public, "group": group.code} if group else public
    audit.record_about_each("enrolment.change", actor=by.code, publics=publics)
