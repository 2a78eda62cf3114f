"""A Learner's estimated mastery by course. The number of queries does not grow with the courses."""

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
from learner.mastery.bars import Bar, load_bars


@dataclass(frozen=True, slots=True)
class CourseMastery:
    """One course: the number of its units done, and a bar for each skill with an answer."""

    course: str
    lang: str
    done: int
    total: int
    bars: tuple[Bar, ...]


def load_course_mastery(user: User, *, now: datetime) -> tuple[CourseMastery, ...]:
    """Return the courses by title, without those that have no answered skill."""
    courses = by_name(courses_learnt_by(user), lambda course: course.title)
    states = completion.load_progress_in(user, courses)
    known, done = _load_bars_by_course(user, courses, now), defaultdict(list)
    for course, pk in Unit.objects.filter(pk__in=states).values_list("course", "pk"):
        done[course].append(states[pk].done)
    return tuple(
        CourseMastery(
            course.title,
            course.language,
            sum(done[course.pk]),
            len(done[course.pk]),
            tuple(known[course.pk]),
        )
        for course in courses
        if course.pk in known
    )


def _load_bars_by_course(
    user: User, courses: Sequence[Course], now: datetime
) -> dict[int, list[Bar]]:
    """Return the bars of each course's skills in use that have an answer."""
    used = Skill.objects.filter(course__in=courses, units__position__isnull=False)
    skills = list(used.distinct().order_by("pk"))
    known: dict[int, list[Bar]] = defaultdict(list)
    for skill, bar in zip(skills, load_bars(user, skills, now=now), strict=True):
        if bar.answers:
            known[skill.course_id].append(bar)
    return known
