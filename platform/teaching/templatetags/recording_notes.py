"""Template tag with the notes about a unit, for the pages of its authors."""

from __future__ import annotations

from typing import Any

from django import template

from courses.models import Unit
from teaching.lessons.recording_notes import load_notes

register = template.Library()


@register.inclusion_tag("teaching/_recording_notes.html")
def recording_notes(slug: str, ref: str) -> dict[str, Any]:
    """Return the open notes about the unit of this course."""
    units = Unit.objects.filter(course__slug=slug, ref=ref)
    return {"notes": load_notes(units)}
