"""When each person of the simulated class opens which unit: a lesson a week, and practice after it.

Practice ends a week ago. What a decision read is older than the demo keeps it then, so the records
of the offers hold no reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from demo.learner_history import SPAN
from demo.simulated_learners.course import SimulatedLesson

WEEK: Final = timedelta(days=7)
# How often a person leaves out a lesson.
ABSENT: Final = 0.04
FIRST_HOUR, LAST_HOUR = 8, 19
PRACTICE_DAYS: Final = (4, 5, 6)
# The days on which a video may be watched, the last one included.
VIDEO_DAYS, LAST_VIDEO_DAYS = 2, 4
SOON: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """One unit at one time; `practice`: the quiz is opened again, to practise."""

    at: datetime
    lesson: SimulatedLesson
    practice: bool = False


def split_weeks(lessons: Sequence[SimulatedLesson]) -> list[list[SimulatedLesson]]:
    """Return the units of each week: a video and what follows it, at most four times."""
    weeks: list[list[SimulatedLesson]] = []
    for lesson in lessons:
        if lesson.kind == "video" or not weeks:
            weeks.append([])
        weeks[-1].append(lesson)
    return weeks[: SPAN // WEEK]


def plan_visits(
    weeks: Sequence[Sequence[SimulatedLesson]], *, now: datetime, rng: Random
) -> Iterator[PlannedVisit]:
    """Yield the visits of one person in order; the last week is the present one."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for number, lessons in enumerate(weeks):
        begin = midnight - (len(weeks) - number) * WEEK
        if rng.random() >= ABSENT:
            yield from _plan_week(lessons, begin, is_last=number == len(weeks) - 1, rng=rng)


def _plan_week(
    lessons: Sequence[SimulatedLesson], begin: datetime, *, is_last: bool, rng: Random
) -> Iterator[PlannedVisit]:
    day = rng.randint(1, LAST_VIDEO_DAYS if is_last else VIDEO_DAYS)
    at = _draw_time(begin, day, rng)
    for lesson in lessons:
        if lesson.kind != "quiz":
            yield PlannedVisit(at, lesson)
            at += SOON
    for quiz in (lesson for lesson in lessons if lesson.kind == "quiz"):
        yield PlannedVisit(_draw_time(begin, day + 1, rng), quiz)
        for later in () if is_last else PRACTICE_DAYS:
            yield PlannedVisit(_draw_time(begin, later, rng), quiz, practice=True)


def _draw_time(begin: datetime, day: int, rng: Random) -> datetime:
    hour = rng.uniform(FIRST_HOUR, LAST_HOUR)
    return begin + timedelta(days=day, hours=hour)
