"""Template tag with the Teacher's navigation, for pages of other apps."""

from __future__ import annotations

from django import template

from courses.models import Course
from teaching.layout import TeacherFrame, frame_of

register = template.Library()


@register.simple_tag
def teaching_frame(course: Course, current: str) -> TeacherFrame:
    """Return the frame that a Teacher's own pages have as `teach`."""
    return frame_of(course, current)
