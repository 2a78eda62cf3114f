"""States and results of the courses of a study, as published for Researchers.

They are counted once a week for each course of which an active study has a snapshot, and are the
same for every study: two counts of the same people would average the noise away (ADR 0041). Only
Learners count who allow research with everything an Estimate was made from.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from accounts.name_order import by_name
from courses.models import Course
from estimates.group_figures import published_results, weekly_cells
from estimates.group_figures.published_results import SkillResults
from estimates.group_figures.week_figures import sum_up
from estimates.models import Publication
from estimates.models.group_figures import RESEARCH
from research import access
from research.models import Snapshot, Study
from research.studies.models import APPROVED


@dataclass(frozen=True, slots=True)
class CourseResults:
    """A course with its skills of one week, after all of them together if there are several."""

    course: Course
    skills: tuple[SkillResults, ...]


def publish_due(now: datetime) -> int:
    """Publish the week that ended last for the courses of active studies; return how many."""
    running = Study.objects.filter(answer=APPROVED, ends_at__gt=now)
    frozen = Snapshot.objects.filter(study__in=running, state="frozen")
    courses = Course.objects.filter(pk__in=frozen.values("course"))
    return weekly_cells.publish_due(courses, RESEARCH, now)


def find_courses(study: Study, user: User) -> QuerySet[Course]:
    """Return the courses this study has a snapshot of, without those that `user` teaches."""
    frozen = access.snapshots(user).filter(study=study, state="frozen")
    return access.courses(user).filter(pk__in=frozen.values("course"))


def load_courses(courses: Collection[Course], weeks: Sequence[Publication]) -> list[CourseResults]:
    """Return the courses with figures in these weeks of theirs, in alphabetical order."""
    found = published_results.load_results(weeks, RESEARCH)
    return [
        CourseResults(course, _with_all_skills(found[course.pk]))
        for course in by_name(courses, lambda course: course.title)
        if found.get(course.pk)
    ]


def _with_all_skills(skills: Sequence[SkillResults]) -> tuple[SkillResults, ...]:
    every = sum_up([each.picture for each in skills])
    if every is None:
        return tuple(skills)
    return (SkillResults(None, every, max(each.floor for each in skills)), *skills)
