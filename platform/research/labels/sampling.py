"""Creating a LabelTask: random moments of Learners who allow research on these streams now.

Estimates of a moment are neither read nor shown: raters judge blind. The number of moments per
Learner is limited, so that one Learner's habits do not dominate the task.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from django.db import transaction
from django.utils.translation import gettext_noop as noop

import audit
from accounts.models import User
from consent.permits import gate
from consent.permits.errors import Refused
from consent.permits.gate import Permit
from consent.permits.trigger_errors import refuse_without_grant
from consent.scopes import STREAMS, scope
from courses.models import Course
from estimates.models import AffectEstimate
from estimates.registry import predictors
from research.models import LabelItem, LabelTask

LOOK_BACK = timedelta(days=7)
MAX_PER_LEARNER = 10
MAX_MOMENTS = 200
NO_LEARNER = noop(
    "No one in this course was active this week and allows research on all of these types of data."
)

Permits = Mapping[str, Permit]


def scopes_of(streams: Collection[str]) -> list[str]:
    """Return both scopes of each stream, since research reads data collected for one's own help."""
    return [scope(name, purpose) for name in streams for purpose in ("adapt", "research")]


def find_willing(course: Course, streams: Collection[str], *, now: datetime) -> dict[User, Permits]:
    """Return the Learners of the course whose every gate for these streams is open now."""
    here = User.objects.filter(
        enrolments__course=course, enrolments__role="learner", is_active=True
    )
    people = {person.code: person for person in here}
    answers = gate.permits_of_people(people, scopes_of(streams), now=now)
    return {people[code]: found.granted for code, found in answers.items() if not found.refused}


@transaction.atomic
def draw(
    course: Course, streams: Sequence[str], by: User, *, rng: Random, now: datetime
) -> LabelTask:
    """Draw a task; raises Refused where no Learner allows it, ValueError for unknown streams."""
    wanted = [name for name in STREAMS if name in streams]
    if not wanted or len(wanted) != len(set(streams)):
        raise ValueError(f"expected streams of {list(STREAMS)}, got {list(streams)}")
    people = find_willing(course, wanted, now=now)
    moments = list(_moments(course, people, wanted, rng, now))
    if not moments:
        raise Refused("no_grant", NO_LEARNER)
    task = LabelTask.objects.create(course=course, streams=wanted, made_at=now)
    with refuse_without_grant():
        LabelItem.objects.bulk_create(
            [_item(task, row, people[row.learner], now) for row in moments]
        )
    public = {"course": course.slug, "streams": wanted, "moments": len(moments)}
    audit.record("label.task", actor=by.code, subject=None, public=public)
    return task


def _moments(
    course: Course,
    people: Mapping[User, Permits],
    streams: Collection[str],
    rng: Random,
    now: datetime,
) -> Iterator[AffectEstimate]:
    """Yield cuts with data of one of these streams, that is with an Estimate made from it."""
    rows = AffectEstimate.objects.filter(
        learner__in=people,
        sitting__unit__course=course,
        predictor__kind=predictors.SHOWN_KIND,
        scopes__overlap=[scope(name, "adapt") for name in streams],
        made_at__gt=now - LOOK_BACK,
    )
    by_person: dict[int, list[AffectEstimate]] = defaultdict(list)
    for row in rows.select_related("learner").order_by("made_at", "id"):
        by_person[row.learner_id].append(row)
    found = [
        row for own in by_person.values() for row in rng.sample(own, min(MAX_PER_LEARNER, len(own)))
    ]
    rng.shuffle(found)
    yield from found[:MAX_MOMENTS]


def _item(task: LabelTask, row: AffectEstimate, permits: Permits, now: datetime) -> LabelItem:
    return LabelItem(
        task=task,
        learner=row.learner,
        sitting_id=row.sitting_id,
        cut=row.cut,
        scopes=list(permits),
        epochs=[permit.epoch for permit in permits.values()],
        made_at=now,
    )
