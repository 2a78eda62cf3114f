"""Seen to, put off, taken back: one shared list for all Teachers of a course."""

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
def handle(course: Course, row: str, by: User, *, now: datetime, until: datetime | None) -> Handled:
    """Take the row `<learner>:<question or unit>` off the queue; 404 for one that is not here."""
    learner, about = _row_of(course, row)
    made = Handled.objects.create(
        course=course, learner=learner, about=about, by=by, at=now, until=until
    )
    _tell(course)
    return made


@transaction.atomic
def undo(course: Course, handled: str, *, now: datetime) -> None:
    """Put a row back within ten minutes; whoever teaches the course may."""
    fresh = Handled.objects.filter(
        course=course, id=uuid_or_404(handled), at__gt=now - UNDO_WITHIN
    ).delete()
    if not fresh[0]:
        raise Http404
    _tell(course)


def latest(course: Course, learners: Collection[int], *, now: datetime) -> list[Handled]:
    """What was seen to lately, newest first."""
    rows = Handled.objects.filter(course=course, learner__in=learners, at__gt=now - LOOK_BACK)
    return list(rows.order_by("-at"))


def by_row(rows: Collection[Handled]) -> dict[Key, Handled]:
    """The newest word about each row."""
    return {(row.learner_id, row.about): row for row in sorted(rows, key=lambda row: row.at)}


def is_off(need_at: datetime, word: Handled | None, *, now: datetime) -> bool:
    """Whether a row stays off the queue: nothing new since, and not merely put off until now."""
    if word is None or need_at > word.at:
        return False
    return word.until is None or now < word.until


def open_rows(
    found: Collection[Need], words: Mapping[Key, Handled], *, now: datetime
) -> dict[Key, list[Need]]:
    """The needs that stand in the queue, by row, most pressing first."""
    rows: dict[Key, list[Need]] = {}
    for need in found:
        rows.setdefault((need.learner, need.about), []).append(need)
    return {
        key: row
        for key, row in rows.items()
        if not is_off(max(need.at for need in row), words.get(key), now=now)
    }


def _row_of(course: Course, row: str) -> tuple[User, UUID]:
    code, _, rest = row.partition(":")
    learner, about = uuid_or_404(code), uuid_or_404(rest)
    enrolment = Enrolment.objects.filter(course=course, role="learner", user__code=learner)
    found = enrolment.select_related("user").first()
    known = (
        Question.objects.filter(course=course, code=about).exists()
        or Unit.objects.filter(course=course, code=about).exists()
    )
    if found is None or not known:
        raise Http404
    return found.user, about


def _tell(course: Course) -> None:
    push.notify(f"course.{course.slug}", {"type": "teaching.changed"})
