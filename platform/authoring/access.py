"""Which courses an Author may write: those they teach, with the role of an Author."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from accounts.models import User
from courses.access import course_for_teacher, courses_taught_by
from courses.models import Course

ROLE = "author"


def courses_written_by(user: User) -> QuerySet[Course]:
    """None without the role."""
    return courses_taught_by(user) if user.has_role(ROLE) else Course.objects.none()


def course_for_author(user: User, slug: str) -> Course:
    """The course if `user` writes it; 403 for its Learners and other Teachers, 404 for others."""
    course = course_for_teacher(user, slug)
    if not user.has_role(ROLE):
        raise PermissionDenied(f"expected role {ROLE} to write {course.slug}")
    return course
