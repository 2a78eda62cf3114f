"""Asking for a Snapshot: a row that a worker owes, after what can be refused was refused."""

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
# What is offered; a wish may ask for any number up to the most.
DAYS: Final = (1, 7, 14, 30, 90)
MOST_DAYS: Final = DAYS[-1]
NOBODY: Final = noop(
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
class Wish:
    """What is to be frozen: of which study and course, which Streams of the last `days` days."""

    study: Study
    course: Course
    streams: Collection[str]
    days: int
    unlabelled: bool = False


def scopes_of(streams: Collection[str]) -> list[str]:
    """Each Stream's help for oneself, research beside it, and what was said of oneself."""
    return ["course", *(scope(name, each) for name in streams for each in ("adapt", "research"))]


def open_streams(permits: Permits, streams: Collection[str]) -> list[str]:
    """Those that research may read by these Permits."""
    return [
        name
        for name in streams
        if scope(name, "adapt") in permits and scope(name, "research") in permits
    ]


def willing(course: Course, streams: Collection[str], *, now: datetime) -> list[User]:
    """Learners of the course who let research read at least one of these Streams now."""
    here = User.objects.filter(
        enrolments__course=course, enrolments__role="learner", is_active=True
    )
    people = {person.code: person for person in here}
    answers = gate.permits_of_people(people, scopes_of(streams), now=now)
    return [people[code] for code, found in answers.items() if open_streams(found.granted, streams)]


@transaction.atomic
def ask(wish: Wish, by: User, *, now: datetime) -> Snapshot:
    """Owe it; raises Refused where they may not, or nobody may be read, ValueError for a wish that
    no form makes."""
    streams = [name for name in STREAMS if name in wish.streams]
    if not streams or not 1 <= wish.days <= MOST_DAYS:
        raise ValueError(f"expected streams, and 1 to {MOST_DAYS} days, got {wish}")
    study = study_setup.locked(wish.study)
    if not study_setup.may_take(study, by, now=now):
        raise Refused("no_grant", NOT_BOUND)
    if study.members.filter(person__in=teachers_of(wish.course)).exists():
        raise Refused("no_grant", TAUGHT)
    if not willing(wish.course, streams, now=now):
        raise Refused("no_grant", NOBODY)
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
