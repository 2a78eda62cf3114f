"""The target difficulty of a Course: the share of right answers its Teacher aims at."""

from __future__ import annotations

from datetime import datetime

from adaptation.next_question.models import CourseTarget
from courses.models import Course
from emotion.knowledge.item_selection import TARGET, SuccessBand


def get_band(course: Course) -> SuccessBand:
    """Return the Teacher's target, or the default, within the fixed range."""
    found = CourseTarget.objects.filter(course=course).values_list("target", flat=True).first()
    return SuccessBand(target=TARGET if found is None else found)


def is_set(course: Course) -> bool:
    """Return whether a Teacher set a target."""
    return CourseTarget.objects.filter(course=course).exists()


def set_target(course: Course, target: float, *, now: datetime) -> None:
    """Set the target share; ValueError outside the range."""
    SuccessBand(target=target)
    CourseTarget.objects.update_or_create(
        course=course, defaults={"target": target, "changed_at": now}
    )
