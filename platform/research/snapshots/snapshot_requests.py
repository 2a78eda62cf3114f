"""Requests for a Snapshot: a pending row, after everything that can be refused was checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_noop as noop

import audit
import pipeline
from accounts.models import User
from consent.permits import gate
from consent.permits.errors import Refused
from consent.permits.gate import Permit
from consent.scopes import STREAMS, scope
from courses.access import teachers_of
from courses.models import Course
from research.models import Snapshot, Study
from research.studies import study_setup

TASK: Final = "research.tasks.freeze_due"
# The choices on the page; a request may have any number up to the largest.
DAYS: Final = (1, 7, 14, 30, 90)
MAX_DAYS: Final = DAYS[-1]
NO_LEARNER: Final = noop(
    "No one in this course currently allows research on any of these types of data."
)
NOT_BOUND: Final = noop(
    "Data can be collected for a study only after a data steward has approved it, and "
    "only while it is active. Only researchers named in the study who have signed its "
    "statement can collect data."
)
TAUGHT: Final = noop(
    "A researcher named in this study teaches this course. A teacher could recognise "
    "the learners, so no snapshot of the course is created."
)

Permits = Mapping[str, Permit]


@dataclass(frozen=True, slots=True)
class SnapshotRequest:
    """The data to freeze: study, course, and Streams of the last `days` days."""

    study: Study
    course: Course
    streams: Collection[str]
    days: int
    unlabelled: bool = False


def scopes_of(streams: Collection[str]) -> list[str]:
    """Return the scopes for reading these Streams, and `course` for self-reports."""
    return ["course", *(scope(name, each) for name in streams for each in ("adapt", "research"))]


def open_streams(permits: Permits, streams: Collection[str]) -> list[str]:
    """Return the Streams that research may read under these Permits."""
    return [
        name
        for name in streams
        if scope(name, "adapt") in permits and scope(name, "research") in permits
    ]


def find_willing(course: Course, streams: Collection[str], *, now: datetime) -> list[User]:
    """Return the Learners of the course who allow research on at least one of these Streams now."""
    here = User.objects.filter(
        enrolments__course=course, enrolments__role="learner", is_active=True
    )
    people = {person.code: person for person in here}
    answers = gate.permits_of_people(people, scopes_of(streams), now=now)
    return [people[code] for code, found in answers.items() if open_streams(found.granted, streams)]


@transaction.atomic
def ask(wish: SnapshotRequest, by: User, *, now: datetime) -> Snapshot:
    """Queue the Snapshot.

    Raises Refused without permission or Learners who allow it, ValueError for values no form sends.
    """
    streams = [name for name in STREAMS if name in wish.streams]
    if not streams or not 1 <= wish.days <= MAX_DAYS:
        raise ValueError(f"expected streams, and 1 to {MAX_DAYS} days, got {wish}")
    study = study_setup.lock_study(wish.study)
    if not study_setup.may_take(study, by, now=now):
        raise Refused("no_grant", NOT_BOUND)
    if study.members.filter(person__in=teachers_of(wish.course)).exists():
        raise Refused("no_grant", TAUGHT)
    if not find_willing(wish.course, streams, now=now):
        raise Refused("no_grant", NO_LEARNER)
    row = Snapshot.objects.create(
        study=wish.study,
        course=wish.course,
        streams=streams,
        since=now - timedelta(days=wish.days),
        until=now,
        unlabelled=wish.unlabelled,
        asked_at=now,
        due_at=now,
    )
    public = {"snapshot": row.id, "study": wish.study.id, "streams": streams, "days": wish.days}
    audit.record("snapshot.ask", actor=by.code, subject=None, public=public)
    transaction.on_commit(lambda: pipeline.wake(TASK, queue="slow"))
    return row
