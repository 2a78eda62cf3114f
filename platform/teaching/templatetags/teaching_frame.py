"""The Teacher's navigation for pages of other apps: a template asks for it, no page's code does."""

from __future__ import annotations

from django import template

from courses.models import Course
from teaching.layout import Frame, frame_of

register = template.Library()


@register.simple_tag
def teaching_frame(course: Course, current: str) -> Frame:
    """As a Teacher's own pages have it under `teach`."""
    return frame_of(course, current)
