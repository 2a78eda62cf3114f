"""Template tag with the Teacher's navigation, for pages of other apps."""

from __future__ import annotations

from django import template

from courses.models import Course
from courses.navigation import CourseFrame
from teaching.layout import frame_of

register = template.Library()


@register.simple_tag
def teaching_frame(course: Course, current: str) -> CourseFrame:
    """Return the frame that a Teacher's own pages have as `teach`."""
    return frame_of(course, current)
