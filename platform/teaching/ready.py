"""Who got through after several tries, and lets this Teacher know.

Made of answers alone, and told only while the Learner's Share with this Teacher is in force.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from adaptation.models import Intervention
from consent.refusal import Refused
from courses.models import Course
from estimates import sharing

SINCE = timedelta(hours=2)
RULE = "R14"


@dataclass(frozen=True, slots=True)
class Ready:
    """One Learner, by pk, and the skill that was got hold of."""

    learner: int
    skill: str


def ready(
    course: Course, learners: Collection[int], teacher: User, *, now: datetime
) -> tuple[Ready, ...]:
    """The latest skill of each, of the last two hours."""
    rows = Intervention.objects.filter(
        sitting__unit__course=course,
        learner__in=learners,
        rule=RULE,
        delivered=True,
        decided_at__gt=now - SINCE,
        question__isnull=False,
    )
    latest = {row.learner: row for row in rows.select_related("learner").order_by("decided_at")}
    found = [(who, row) for who, row in latest.items() if _shared(course, who, teacher, now)]
    return tuple(Ready(who.pk, skill) for who, row in found if (skill := _skill(row)))


def _shared(course: Course, learner: User, teacher: User, now: datetime) -> bool:
    try:
        with transaction.atomic():
            sharing.look(course, learner, teacher, now=now)
    except Refused:
        return False
    return True


def _skill(row: Intervention) -> str:
    skill = row.question.skills.order_by("pk").first() if row.question else None
    return skill.name if skill else ""
