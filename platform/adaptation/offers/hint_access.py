"""The effect of an offer on opening hints: a worked step at once, or more time between hints."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.access import uuid_or_none
from accounts.models import User
from adaptation.models import Intervention
from adaptation.rules.active_rules import find_rules_with_help
from courses.models import Question

WAIT_S = 8
SLOW_WAIT_S = 15
SLOW_FOR = timedelta(minutes=10)
SLOWING_HELP = "slower_hints"


def wait_s(learner: User, *, now: datetime) -> int:
    """Return the seconds between two hints: more for a while after very quick ones."""
    slowed = Intervention.objects.filter(
        learner=learner,
        rule__in=find_rules_with_help(SLOWING_HELP),
        delivered=True,
        decided_at__gt=now - SLOW_FOR,
    )
    return SLOW_WAIT_S if slowed.exclude(outcome="withdrawn").exists() else WAIT_S


def opens_worked_step(learner: User, question: Question, code: str) -> bool:
    """Return whether that offer was of this question's worked step, and not dismissed."""
    wanted = uuid_or_none(code)
    if wanted is None:
        return False
    offers = Intervention.objects.filter(
        code=wanted,
        learner=learner,
        question=question,
        kind="worked_step",
        delivered=True,
    )
    return offers.exclude(outcome__in=("later", "never", "expired", "withdrawn")).exists()
