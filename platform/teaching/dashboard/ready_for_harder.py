"""Find learners who succeeded after several tries and share this with the Teacher.

It reads answers alone. A learner is listed only while a Share with this Teacher is in force, and
only if the learner was shown the same result first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from adaptation.models import Intervention
from adaptation.rules.active_rules import find_rules_with_help
from consent.permits.errors import Refused
from courses.models import Course, Response
from estimates import share_access

SINCE = timedelta(hours=2)
# The help that first shows the result to the learner.
SUCCESS_HELP, TRIES = "next_question", 3


@dataclass(frozen=True, slots=True)
class ReadyLearner:
    """One Learner, by pk, and the skill they now master."""

    learner: int
    skill: str


def find_ready(
    course: Course, learners: Collection[int], teacher: User, *, now: datetime
) -> tuple[ReadyLearner, ...]:
    """Return each learner's latest skill of the last two hours."""
    through = _broke_through(course, learners, now)
    if not through:
        return ()
    rows = Intervention.objects.filter(
        sitting__unit__course=course,
        learner__in=through,
        rule__in=find_rules_with_help(SUCCESS_HELP),
        delivered=True,
        decided_at__gt=now - SINCE,
        question__isnull=False,
    )
    latest = {row.learner: row for row in rows.select_related("learner").order_by("decided_at")}
    found = [(who, row) for who, row in latest.items() if _has_share(course, who, teacher, now)]
    return tuple(ReadyLearner(who.pk, skill) for who, row in found if (skill := _skill_name(row)))


def _broke_through(course: Course, learners: Collection[int], now: datetime) -> set[int]:
    """Return learners with several wrong answers in a row on one skill, then a correct one."""
    rows = Response.objects.filter(
        question__course=course, learner__any_of=learners, answered_at__gt=now - SINCE
    )
    wrong: Counter[tuple[int, int]] = Counter()
    found = set()
    answers = rows.order_by("answered_at", "id")
    for learner, skill, correct in answers.values_list("learner", "question__skills", "correct"):
        if correct and wrong[learner, skill] >= TRIES:
            found.add(learner)
        wrong[learner, skill] = 0 if correct else wrong[learner, skill] + 1
    return found


def _has_share(course: Course, learner: User, teacher: User, now: datetime) -> bool:
    try:
        with transaction.atomic():
            share_access.open_view(course, learner, teacher, now=now)
    except Refused:
        return False
    return True


def _skill_name(row: Intervention) -> str:
    skill = row.question.skills.order_by("pk").first() if row.question else None
    return skill.name if skill else ""
