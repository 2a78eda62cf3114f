"""Slugs of courses: find a free one for a new course, and the course that a target names."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from accounts.models import User
from authoring.access import courses_written_by
from authoring.errors import BrokenPackage
from authoring.imports.target import Target
from authoring.slugs import free_slug
from authoring.translatable_message import message
from courses.models import Course
from work_queue.turns import wait_for_turn


class SlugTaken(Exception):
    """Another course took the slug while the file was being read."""


def take_course_slug(text: str) -> str:
    """Return a slug of `text` that stays free for this transaction."""
    while True:
        slug = free_slug(text, set(Course.objects.values_list("slug", flat=True)), "course")
        lock_slug(slug)
        if not Course.objects.filter(slug=slug).exists():
            return slug


def lock_slug(slug: str) -> None:
    """Serialise writers of a course with this slug until the transaction ends."""
    wait_for_turn(f"import {slug}")


def find_target_course(slug: str, target: Target, by: User | None) -> Course | None:
    """Return the course to update, or None for a new one; BrokenPackage where neither is possible.

    The course stays locked for this transaction, so that nothing is published during the import.
    """
    course = Course.objects.select_for_update().filter(slug=slug).first()
    if target.updates:
        return _require_author(course, slug, by)
    if course is not None and target.slug:
        what = message(_("there is already a course {slug!r}; choose another address"), slug=slug)
        raise BrokenPackage("", "", what)
    if course is not None:
        raise SlugTaken
    return None


def _require_author(course: Course | None, slug: str, by: User | None) -> Course | None:
    """Return the course if this Author edits it. A command (`by` None) may also create it."""
    if by is None or (course and courses_written_by(by).filter(pk=course.pk).exists()):
        return course
    raise BrokenPackage(
        "", "", message(_("you are not an author of the course {slug!r}"), slug=slug)
    )
