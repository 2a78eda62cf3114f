"""The courses an Author may edit: those they teach, if they have the Author role."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from accounts.models import User
from courses.access import course_for_teacher, courses_taught_by
from courses.models import Course

ROLE = "author"


def courses_written_by(user: User) -> QuerySet[Course]:
    """Return an empty query without the role."""
    return courses_taught_by(user) if user.has_role(ROLE) else Course.objects.none()


def course_for_author(user: User, slug: str) -> Course:
    """Return the course if `user` edits it; 403 for its Learners and other Teachers, 404 for
    others.
    """
    course = course_for_teacher(user, slug)
    if not user.has_role(ROLE):
        raise PermissionDenied(f"expected role {ROLE} to write {course.slug}")
    return course
