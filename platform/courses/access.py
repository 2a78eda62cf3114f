"""Queries that check access: a non-member gets a 404, a member without the role a 403.

Each `…_for_…` has a twin `…_visible_to` that returns the same rows as a query, for lists. An
Author's own preview of a draft is found by its name and appears in no list.
"""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from courses.models import Attempt, Course, Enrolment, Question, Unit

Row = TypeVar("Row", Course, Unit, Question)


def courses_visible_to(user: User) -> QuerySet[Course]:
    """Return the courses in which `user` is Learner or Teacher, without an Author's previews."""
    return courses_open_to(user).filter(preview_of=None)


def courses_open_to(user: User) -> QuerySet[Course]:
    """Return the same courses with the previews of `user`: for pages that name a course."""
    return Course.objects.filter(enrolments__user=user).distinct()


def courses_learnt_by(user: User) -> QuerySet[Course]:
    """Return the courses in which `user` is Learner, without an Author's previews."""
    return Course.objects.filter(enrolments__user=user, enrolments__role="learner", preview_of=None)


def courses_taught_by(user: User) -> QuerySet[Course]:
    return Course.objects.filter(enrolments__user=user, enrolments__role="teacher")


def teachers_of(course: Course) -> QuerySet[User]:
    """Return the people who teach this course."""
    return User.objects.filter(enrolments__course=course, enrolments__role="teacher")


def units_visible_to(user: User) -> QuerySet[Unit]:
    """Return the units in use in the courses of `user`; a Teacher sees what the Learners see."""
    return _units_of(courses_visible_to(user))


def questions_visible_to(user: User) -> QuerySet[Question]:
    """Return the questions in use, with their variants, in the courses of `user`."""
    return _questions_of(courses_visible_to(user))


def course_for_member(user: User, slug: str) -> Course:
    return _one(courses_open_to(user).filter(slug=slug))


def course_of_media(user: User, code: UUID) -> Course:
    """Return the course whose files `user` may read: <code>/… in the store"""
    return _one(courses_open_to(user).filter(code=code))


def course_for_teacher(user: User, slug: str) -> Course:
    """Return the course if `user` teaches it; 403 for its Learners, 404 for others."""
    course = course_for_member(user, slug)
    _require(user, course, "teacher")
    return course


def course_for_learner(user: User, slug: str) -> Course:
    """Return the course if `user` learns in it; 403 for its Teachers, 404 for others."""
    course = course_for_member(user, slug)
    _require(user, course, "learner")
    return course


def unit_for_member(user: User, code: UUID) -> Unit:
    return _one(_units_of(courses_open_to(user)).filter(code=code))


def unit_for_learner(user: User, code: UUID) -> Unit:
    """Return the unit if `user` learns in its course; 403 for its Teachers, 404 for others."""
    unit = unit_for_member(user, code)
    _require(user, unit.course, "learner")
    return unit


def question_for_learner(user: User, code: UUID) -> Question:
    """Return the question if `user` learns in its course; 403 for its Teachers, 404 for others."""
    question = _one(_questions_of(courses_open_to(user)).filter(code=code))
    _require(user, question.course, "learner")
    return question


def attempt_for_learner(user: User, id: UUID) -> Attempt:
    """Return this Learner's own Attempt; 403 for the Teachers of its course, 404 for others.

    An Attempt at a retired test can still be finished, and its report can be read.
    """
    courses = courses_open_to(user)
    rows = Attempt.objects.filter(id=id, reset_at=None, unit__course__in=courses)
    attempt = rows.select_related("learner", "unit__course").first()
    if attempt is None:
        raise Http404
    if attempt.learner_id != user.pk:
        if not courses_taught_by(user).filter(pk=attempt.unit.course_id).exists():
            raise Http404
        raise PermissionDenied("expected one's own attempt")
    return attempt


def attempts_at_retired(user: User, course: Course) -> list[Attempt]:
    """Return this Learner's running Attempts at tests that are no longer in the course."""
    rows = Attempt.objects.filter(learner=user, unit__course=course, unit__position=None)
    found = rows.filter(handed_in_at=None, reset_at=None).select_related("unit")
    return list(found.order_by("began_at"))


def is_learner(user: User, course: Course) -> bool:
    return Enrolment.objects.filter(user=user, course=course, role="learner").exists()


def _units_of(courses: QuerySet[Course]) -> QuerySet[Unit]:
    rows = Unit.objects.filter(course__in=courses, position__isnull=False)
    return rows.select_related("course")


def _questions_of(courses: QuerySet[Course]) -> QuerySet[Question]:
    rows = Question.objects.filter(course__in=courses, unit__position__isnull=False)
    return rows.select_related("course", "unit")


def _one(rows: QuerySet[Row]) -> Row:
    row = rows.first()
    if row is None:
        raise Http404
    return row


def _require(user: User, course: Course, role: str) -> None:
    if not Enrolment.objects.filter(user=user, course=course, role=role).exists():
        raise PermissionDenied(f"expected role {role} in {course.slug}")
