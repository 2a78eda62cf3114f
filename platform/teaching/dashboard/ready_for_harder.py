"""Who got through after several tries, and lets this Teacher know.

Found in answers alone. Of whom it is found, it is told while their Share with this Teacher is in
force, and only where they were told so themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from adaptation.models import Intervention
from consent.permits.errors import Refused
from courses.models import Course, Response
from estimates import share_access

SINCE = timedelta(hours=2)
RULE, TRIES = "R14", 3


@dataclass(frozen=True, slots=True)
class Ready:
    """One Learner, by pk, and the skill that was got hold of."""

    learner: int
    skill: str


def ready(
    course: Course, learners: Collection[int], teacher: User, *, now: datetime
) -> tuple[Ready, ...]:
    """The latest skill of each, of the last two hours."""
    through = _through(course, learners, now)
    if not through:
        return ()
    rows = Intervention.objects.filter(
        sitting__unit__course=course,
        learner__in=through,
        rule=RULE,
        delivered=True,
        decided_at__gt=now - SINCE,
        question__isnull=False,
    )
    latest = {row.learner: row for row in rows.select_related("learner").order_by("decided_at")}
    found = [(who, row) for who, row in latest.items() if _shared(course, who, teacher, now)]
    return tuple(Ready(who.pk, skill) for who, row in found if (skill := _skill(row)))


def _through(course: Course, learners: Collection[int], now: datetime) -> set[int]:
    """Whose answers on one skill were not right several times in a row, and then right."""
    rows = Response.objects.filter(
        question__course=course, learner__in=learners, answered_at__gt=now - SINCE
    )
    wrong: Counter[tuple[int, int]] = Counter()
    found = set()
    answers = rows.order_by("answered_at", "id")
    for learner, skill, correct in answers.values_list("learner", "question__skills", "correct"):
        if correct and wrong[learner, skill] >= TRIES:
            found.add(learner)
        wrong[learner, skill] = 0 if correct else wrong[learner, skill] + 1
    return found


def _shared(course: Course, learner: User, teacher: User, now: datetime) -> bool:
    try:
        with transaction.atomic():
            share_access.open_view(course, learner, teacher, now=now)
    except Refused:
        return False
    return True


def _skill(row: Intervention) -> str:
    skill = row.question.skills.order_by("pk").first() if row.question else None
    return skill.name if skill else ""
