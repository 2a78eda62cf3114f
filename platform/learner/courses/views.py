"""`/courses/<slug>/`: the Learner's progress in a course, and the next step."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import current_user, require_person
from accounts.models import User
from courses.access import attempts_at_retired, course_for_member, courses_taught_by
from courses.gradebook import learner_grades
from courses.gradebook.course_totals import CourseTotal
from courses.gradebook.learner_grades import LearnerGrade
from courses.gradebook.percents import percent
from courses.learner_groups import find_group
from courses.models import Attempt, Course
from learner.courses.lessons import CourseLesson, group_lessons
from learner.home.next_step import NextStep, choose_step, load_progress


@dataclass(frozen=True, slots=True)
class CourseCard:
    title: str
    description: str
    lang: str
    slug: str
    url: str
    taught_at: str
    group: str
    done: int
    total: int
    step: NextStep | None
    due: int
    lessons: tuple[CourseLesson, ...]
    unfinished: tuple[Attempt, ...]
    grades: tuple[LearnerGrade, ...]
    course_total: CourseTotal | None
    attribution: str
    licence: str
    licence_url: str

    @property
    def percent(self) -> int:
        return percent(self.done, self.total)


@require_safe
@require_person
def course(request: HttpRequest, slug: str) -> HttpResponse:
    """`/courses/<slug>/`: the lessons of the course."""
    user = current_user(request)
    found = course_for_member(user, slug)
    taught = courses_taught_by(user).filter(pk=found.pk).exists()
    context = {"card": build_card(user, found, taught=taught)}
    return render(request, "learner/courses/course.html", context)


def build_card(user: User, course: Course, *, taught: bool) -> CourseCard:
    now = timezone.now()
    progress = load_progress(user, [course], now=now)
    units = progress.units[course]
    grades = () if taught else tuple(learner_grades.load_course_grades(user, course))
    return CourseCard(
        title=course.title,
        description=course.description,
        lang=course.language,
        slug=course.slug,
        url=f"/courses/{course.slug}/",
        taught_at=f"/teach/{course.slug}/" if taught else "",
        group=group.name if (group := find_group(user, course)) else "",
        done=sum(progress.states[unit.pk].done for unit in units),
        total=len(units),
        step=None if taught else choose_step(user, progress, now=now),
        due=progress.reviews.get(course.pk, 0),
        lessons=group_lessons(units, progress.states, availability=progress.availability, now=now),
        unfinished=() if taught else tuple(attempts_at_retired(user, course)),
        grades=grades,
        course_total=learner_grades.load_course_total(course, units, grades) if grades else None,
        attribution=course.attribution,
        licence=course.licence_name,
        licence_url=course.licence_url,
    )
