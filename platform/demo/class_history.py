"""History of the simulated class: course records, and Estimates of lessons taken together.

The Estimates are made by the real code from simulated Windows under real Grants. They reach back
six days, within the demo's retention of seven (rulings 9).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

import numpy as np
from django.core.management import call_command
from django.db import transaction

from accounts.models import User
from consent.permits import gate
from consent.permits.errors import Refused
from consent.permits.gate import Permit
from consent.scopes import ADAPT_SCOPES
from courses import completion
from courses.models import Course, Unit
from demo import learner_history
from demo.class_weeks.weeks import write_weeks
from demo.learner_history import SPAN
from demo.seed_data import MESSAGE
from demo.simulated_learners import people, sensor_data
from demo.simulated_learners.sensor_data import SimulatedRecording
from emotion.features.window import opening
from emotion.simulate import cohort
from emotion.windows import OPENING_S
from emotion.windows import Window as Cut
from estimates.inference import affect
from estimates.inference.affect import SensedWindow
from estimates.registry import predictors
from telemetry import sittings
from telemetry.models import Event, Sitting, Window
from telemetry.windows import span

__all__ = ["SPAN", "seed"]

# Lessons taken together: how long ago, which of the course's videos, and what share of the class.
LESSONS = (
    (timedelta(days=5, hours=3), 0, 0.3),
    (timedelta(days=2, hours=1), 1, 0.3),
    (timedelta(0), 0, 1.0),
)
# The last lesson ended within the current quarter of an hour.
LATELY = timedelta(minutes=18)
EVERY_CUTS = 3
# So many of the simulated learners allow research.
PARTICIPANTS = 8
MADE_AFTER_S = 2.0
NO_PREDICTOR = "no affect Predictor is in use yet: the past has no estimates"


@dataclass(frozen=True, slots=True)
class LessonSeat:
    """One person in a lesson: the Sitting, the simulated recording, and the Permits."""

    sitting: Sitting
    tape: SimulatedRecording
    permits: dict[str, Permit]


def seed(
    users: Sequence[User],
    course: Course,
    *,
    now: datetime,
    say: Callable[[str], None],
    others: Sequence[User] = (),
) -> None:
    """Write the history of each simulated person who has none; nothing is sensed of `others`.

    Course records come first: they are needed most, and take less time than the lessons.
    """
    teacher = User.objects.filter(enrolments__course=course, enrolments__role="teacher").first()
    written = write_weeks([*users, *others], course, now=now, teacher=teacher)
    say(f"{len(written.sittings)} visits of simulated people in the last four weeks")
    call_command("seed_message", str(MESSAGE), verbosity=0)
    without = [user for user in users if not learner_history.has_estimates(user)]
    if without and predictors.find_active(predictors.SHOWN_KIND) is None:
        say(NO_PREDICTOR)
    elif without:
        say(f"{_simulate_lessons(without, course, now)} estimates of lessons in the last six days")
    with suppress(Refused):  # a profile without research has no labels
        for user in users[:PARTICIPANTS]:
            people.allow(user, now=now, scopes=people.RESEARCH_SCOPES)
    call_command("seed_research", course.slug, verbosity=0)


def _simulate_lessons(users: Sequence[User], course: Course, now: datetime) -> int:
    videos = list(course.units.filter(kind="video", position__isnull=False).order_by("position"))
    made = 0
    for number, (ago, place, share) in enumerate(LESSONS):
        if place < len(videos):
            there = users[: max(1, round(len(users) * share))]
            made += simulate_lesson(there, videos[place], now - ago - LATELY, now, seed=number)
    return made


@transaction.atomic
def simulate_lesson(
    users: Sequence[User], unit: Unit, began: datetime, now: datetime, *, seed: int
) -> int:
    """Have everybody watch `unit` from `began` on; return how many Estimates were stored."""
    seconds = min(unit.video.duration_s, 120.0)
    seats = [
        _simulate_seat(user, unit, began, seconds, now, np.random.default_rng([seed, number]))
        for number, user in enumerate(users, start=1)
    ]
    cuts = range(1, int(seconds // 5), EVERY_CUTS)
    return sum(_estimate_window(seats, cut, began) for cut in cuts)


def _simulate_seat(
    user: User, unit: Unit, began: datetime, seconds: float, now: datetime, rng: np.random.Generator
) -> LessonSeat:
    end = began + timedelta(seconds=seconds)
    sitting = sittings.open(user, unit, scenario="course", page=uuid4(), now=began)
    sittings.close(sitting, now=end)
    Sitting.objects.filter(pk=sitting.pk).update(active_at=end)
    Event.objects.bulk_create(
        Event(id=uuid4(), sitting=sitting, t=t, name=name, value=t, at=began + timedelta(seconds=t))
        for name, t in (("play", 0.0), ("ended", seconds))
    )
    completion.record_watched(user, unit, [(0.0, seconds)], resume_s=0.0, now=end)
    number = int(rng.integers(1 << 30))
    tape = sensor_data.simulate(sensor_data.make_person(number), seconds, rng=rng)
    return LessonSeat(sitting, tape, dict(gate.permits(user.code, ADAPT_SCOPES, now=now).granted))


def _estimate_window(seats: Sequence[LessonSeat], cut: int, began: datetime) -> int:
    """Estimate one Window of everybody in a single batch."""
    at = began + timedelta(seconds=span(cut)[1] + MADE_AFTER_S)
    sensed = list(_cut_windows(seats, cut))
    by = predictors.load_active(predictors.SHOWN_KIND)
    guesses = affect.guess_each(sensed, by) if by else {}
    made = [affect.store_guess(each, guesses.get(each.row.pk), now=at) for each in sensed]
    return sum(each is not None for each in made)


def _cut_windows(seats: Sequence[LessonSeat], cut: int) -> Iterator[SensedWindow]:
    for number, seat in enumerate(seats):
        # Never stored: stored Windows would be queued for the worker.
        row = Window(pk=number, sitting=seat.sitting, cut=cut)
        seen = _cut_window(seat.tape.recording, cut)
        allowed = {n: t for n, t in seen.streams.items() if f"{n}:adapt" in seat.permits}
        yield SensedWindow(row, replace(seen, streams=allowed), seat.permits, late=False)


def _cut_window(recording: cohort.SimulatedVideoRecording, cut: int) -> Cut:
    t0, t1 = span(cut)
    seen = cohort.cut_window(recording, t0, t1)
    if t0 < OPENING_S:
        return seen
    return replace(seen, opening=opening(cohort.cut_window(recording, 0.0, OPENING_S)))
