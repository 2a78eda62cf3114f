"""What one probably knows, course by course: as many queries for many courses as for one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from accounts.name_order import by_name
from courses import completion
from courses.access import courses_learnt_by
from courses.models import Course, Skill, Unit
from learner.mastery.bars import Bar, bars


@dataclass(frozen=True, slots=True)
class Knowing:
    """One course: how many of its units are done, and a bar for each skill with an answer."""

    course: str
    lang: str
    done: int
    total: int
    bars: tuple[Bar, ...]


def of(user: User, *, now: datetime) -> tuple[Knowing, ...]:
    """Skills with an answer first asked for; a course of which nothing is known is left out."""
    courses = by_name(courses_learnt_by(user), lambda course: course.title)
    states = completion.load_progress_in(user, courses)
    known, done = _known(user, courses, now), defaultdict(list)
    for course, pk in Unit.objects.filter(pk__in=states).values_list("course", "pk"):
        done[course].append(states[pk].done)
    return tuple(
        Knowing(
            course.title,
            course.language,
            sum(done[course.pk]),
            len(done[course.pk]),
            tuple(known[course.pk]),
        )
        for course in courses
        if course.pk in known
    )


def _known(user: User, courses: Sequence[Course], now: datetime) -> dict[int, list[Bar]]:
    """By course, each skill in use of which something is known."""
    used = Skill.objects.filter(course__in=courses, units__position__isnull=False)
    skills = list(used.distinct().order_by("pk"))
    known: dict[int, list[Bar]] = defaultdict(list)
    for skill, bar in zip(skills, bars(user, skills, now=now), strict=True):
        if bar.answers:
            known[skill.course_id].append(bar)
    return known
