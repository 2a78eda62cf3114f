"""How hard the questions of a Course shall be: the share of right answers its Teacher aims at."""

from __future__ import annotations

from datetime import datetime

from adaptation.next_question.models import CourseTarget
from courses.models import Course
from emotion.knowledge.item_selection import TARGET, SuccessBand


def band_of(course: Course) -> SuccessBand:
    """The Teacher's target, or the usual one, in the range that no Teacher can widen."""
    found = CourseTarget.objects.filter(course=course).values_list("target", flat=True).first()
    return SuccessBand(target=TARGET if found is None else found)


def is_set(course: Course) -> bool:
    """Whether a Teacher set it."""
    return CourseTarget.objects.filter(course=course).exists()


def aim(course: Course, target: float, *, now: datetime) -> None:
    """Set the share; ValueError outside the range."""
    SuccessBand(target=target)
    CourseTarget.objects.update_or_create(
        course=course, defaults={"target": target, "changed_at": now}
    )
