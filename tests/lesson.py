"""A whole class in bulk: it watched a video, went back over one part of it, and answered a quiz."""

from __future__ import annotations

import uuid
from datetime import timedelta

from courses.models import Completion, Enrolment, Question
from courses.responses import record
from telemetry.models import Event, Sitting
from tests import factories
from tests.cast import make


def class_of(course, count, *, now, simulated=False, since=None, name="pupil"):
    """So many Learners of a course, enrolled at `since`."""
    people = [make(f"{name}{number}", now=now) for number in range(count)]
    for person in people:
        person.simulated = simulated
        person.save(update_fields=["simulated"])
        factories.make_enrolment(person, course)
    if since is not None:
        Enrolment.objects.filter(course=course, user__in=people).update(since=since)
    return people


def watch(people, unit, *, at, until=None, back=None, times=1, stuck_at=None):
    """Each plays from the beginning `until` a second, goes back over `back`, says "stuck" there."""
    length = unit.video.duration_s
    until = length if until is None else until
    rows, events, done = [], [], []
    for person in people:
        sitting = Sitting(
            id=uuid.uuid4(), learner=person, unit=unit, page=uuid.uuid4(), began_at=at,
            active_at=at, ended_at=at + timedelta(hours=1),
        )  # fmt: skip
        rows.append(sitting)
        tape = [(0.0, "play", 0.0)]
        if back:
            begin, end = back
            tape += [(end + 60 * turn, "pause", end) for turn in range(times)]
            tape += [(end + 60 * turn + 1, "seek", begin - end) for turn in range(times)]
        if stuck_at is not None:
            tape += [(stuck_at + 300, "pause", stuck_at), (stuck_at + 301, "stuck", None)]
        events += [
            Event(id=uuid.uuid4(), sitting=sitting, t=t, name=name, value=value,
                  at=at + timedelta(seconds=t))
            for t, name, value in tape
        ]  # fmt: skip
        done.append(
            Completion(learner=person, unit=unit, watched=[0.0, until], updated_at=at,
                       done_at=at if until >= length else None)
        )  # fmt: skip
    Sitting.objects.bulk_create(rows)
    Event.objects.bulk_create(events)
    Completion.objects.bulk_create(done)


def answer(people, question: Question, *, at, given, hints=0, elapsed_ms=9000):
    """Each answers once, what `given` says of them by their place."""
    for place, person in enumerate(people):
        record(
            learner=person, question=question, given=given(place), sitting=None, hints_used=hints,
            elapsed_ms=elapsed_ms + 100 * place, draw=None, now=at + timedelta(seconds=place),
        )  # fmt: skip
