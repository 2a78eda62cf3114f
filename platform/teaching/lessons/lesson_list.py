"""The lessons of a course: a video with the quiz that follows it, or a quiz alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count
from django.http import Http404

from courses.models import Course, Unit
from teaching.groups.group_filter import Audience
from telemetry.models import Sitting

WEEK = timedelta(days=7)
# Kinds of units with parts that can be compared. A reading has none.
WITH_PARTS = ("video", "quiz")


@dataclass(frozen=True, slots=True)
class Lesson:
    """A video, a quiz or both; `number` counts the lessons of the course from 1."""

    number: int
    video: Unit | None
    quiz: Unit | None

    @property
    def unit(self) -> Unit:
        """Return the unit that gives the lesson its title and address."""
        found = self.video or self.quiz
        if found is None:
            raise ValueError("expected a lesson with a unit, got none")
        return found

    @property
    def units(self) -> tuple[Unit, ...]:
        return tuple(unit for unit in (self.video, self.quiz) if unit is not None)

    @property
    def code(self) -> UUID:
        return self.unit.code

    @property
    def title(self) -> str:
        return self.unit.title


def list_lessons(course: Course) -> list[Lesson]:
    """Return the lessons in the order of the course; one query."""
    units = Unit.objects.filter(course=course, kind__in=WITH_PARTS, position__isnull=False)
    pairs = _pair(units.select_related("video").order_by("position"))
    return [Lesson(number, *pair) for number, pair in enumerate(pairs, 1)]


def find_lesson(course: Course, code: UUID) -> Lesson:
    """Return the lesson with this video or quiz; 404 if there is none."""
    for lesson in list_lessons(course):
        if code in {unit.code for unit in lesson.units}:
            return lesson
    raise Http404


def find_current(
    course: Course, lessons: Sequence[Lesson], audience: Audience, *, now: datetime
) -> Lesson | None:
    """Return the lesson that most of the group opened this week; None if too few opened any.

    One Learner alone therefore does not decide which lesson a Teacher is shown.
    """
    return next(iter(find_opened(course, lessons, audience, now=now)), None)


def find_opened(
    course: Course, lessons: Sequence[Lesson], audience: Audience, *, now: datetime
) -> list[Lesson]:
    """Return the lessons that enough of the group opened this week, by most people, then latest."""
    rows = Sitting.objects.filter(
        unit__course=course, learner__any_of=audience.learners, began_at__gt=now - WEEK
    )
    opened = rows.order_by().values_list("unit")
    counts = dict(opened.annotate(Count("learner", distinct=True)))
    most = {
        lesson.number: max(counts.get(unit.pk, 0) for unit in lesson.units) for lesson in lessons
    }
    enough = [lesson for lesson in lessons if audience.is_enough(most[lesson.number])]
    return sorted(enough, key=lambda lesson: (-most[lesson.number], -lesson.number))


def _pair(units: Iterable[Unit]) -> Iterator[tuple[Unit | None, Unit | None]]:
    """Yield each video with the first quiz before the next video, and each other quiz alone."""
    video: Unit | None = None
    for unit in units:
        if unit.kind == "quiz":
            yield video, unit
            video = None
            continue
        if video is not None:
            yield video, None
        video = unit
    if video is not None:
        yield video, None
