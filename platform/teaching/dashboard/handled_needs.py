"""Mark needs as handled or snoozed, and undo it; the Teachers of a course share one list."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.http import Http404

import push
from accounts.access import uuid_or_404
from accounts.models import User
from courses.models import Course, Enrolment, Question, Unit
from teaching.dashboard.need import Need
from teaching.dashboard.needs import LOOK_BACK
from teaching.models import Handled

SNOOZE = timedelta(minutes=10)
UNDO_WITHIN = timedelta(minutes=10)
Key = tuple[int, UUID]


@transaction.atomic
def handle(course: Course, rows: str, by: User, *, now: datetime, until: datetime | None) -> None:
    """Take rows `<learner>:<question or unit> …` off the queue; 404 if one is not in this course.

    The rows of one press have the same time, so that one press puts them back.
    """
    Handled.objects.bulk_create(
        Handled(course=course, learner_id=learner, about=about, by=by, at=now, until=until)
        for learner, about in _parse_rows(course, rows)
    )
    _notify_pages(course)


@transaction.atomic
def undo(course: Course, handled: str, *, now: datetime) -> None:
    """Put the rows of one press back within ten minutes. Any Teacher of the course may."""
    ids = [uuid_or_404(each) for each in handled.split()]
    fresh = Handled.objects.filter(course=course, id__in=ids, at__gt=now - UNDO_WITHIN).delete()
    if not fresh[0]:
        raise Http404
    _notify_pages(course)


def load_handled(course: Course, learners: Collection[int], *, now: datetime) -> list[Handled]:
    """Return what was handled recently, newest first."""
    rows = Handled.objects.filter(course=course, learner__any_of=learners, at__gt=now - LOOK_BACK)
    return list(rows.order_by("-at"))


def latest_by_row(rows: Collection[Handled]) -> dict[Key, Handled]:
    """Return the latest entry for each row."""
    return {(row.learner_id, row.about): row for row in sorted(rows, key=lambda row: row.at)}


def is_off_queue(need_at: datetime, handled: Handled | None, *, now: datetime) -> bool:
    """Return whether a row stays off the queue: no newer evidence, and no snooze that ended."""
    if handled is None or need_at > handled.at:
        return False
    return handled.until is None or now < handled.until


def open_rows(
    found: Collection[Need], handled: Mapping[Key, Handled], *, now: datetime
) -> dict[Key, list[Need]]:
    """Return the needs in the queue, by row, most urgent first."""
    rows: dict[Key, list[Need]] = {}
    for need in found:
        rows.setdefault((need.learner, need.about), []).append(need)
    return {
        key: row
        for key, row in rows.items()
        if not is_off_queue(max(need.at for need in row), handled.get(key), now=now)
    }


def _parse_rows(course: Course, rows: str) -> list[Key]:
    """Return the rows that a form sent; 404 for none, and if one is not in this course."""
    parts = [row.partition(":") for row in rows.split()]
    keys = [(uuid_or_404(learner), uuid_or_404(about)) for learner, _, about in parts]
    learners, abouts = {learner for learner, _ in keys}, {about for _, about in keys}
    enrolled = Enrolment.objects.filter(course=course, role="learner", user__code__in=learners)
    pks = dict(enrolled.values_list("user__code", "user"))
    known = {
        code
        for model in (Question, Unit)
        for code in model.objects.filter(course=course, code__in=abouts).values_list(
            "code", flat=True
        )
    }
    if not keys or learners - pks.keys() or abouts - known:
        raise Http404
    return [(pks[learner], about) for learner, about in keys]


def _notify_pages(course: Course) -> None:
    push.notify(f"course.{course.slug}", {"type": "teaching.changed"})
