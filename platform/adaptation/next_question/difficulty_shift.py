"""How an Intervention of kind `adjust` shifts difficulty: ten points, three questions, one skill.

Nothing else shifts it: an Estimate without such a row changes no choice. A shift ends at once when
the Learner keeps their level, or a consent it was made under is withdrawn (I-2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from accounts.models import User
from adaptation.models import Intervention
from adaptation.next_question.models import Choice
from adaptation.offers.reasons import read_reason

SHIFT: Final = 0.10
QUESTIONS: Final = 3
# An hour later the reason no longer applies to the next question.
LASTS: Final = timedelta(hours=1)
# The change in the target chance of a right answer: higher is easier.
BY_DIRECTION: Final[Mapping[str, float]] = MappingProxyType({"easier": SHIFT, "harder": -SHIFT})


@dataclass(frozen=True, slots=True)
class DifficultyShift:
    """One Intervention, its shift of the target, and for how many more questions."""

    intervention: Intervention
    by: float
    left: int


def shifts_in_force(learner: User, *, now: datetime) -> dict[int, DifficultyShift]:
    """Return the shift in force by skill pk; the newest counts, also when it is used up."""
    rows = _delivered_shifts(learner).filter(decided_at__gt=now - LASTS).order_by("-decided_at")
    asked = Count("choices", filter=Q(choices__asked_at__isnull=False), distinct=True)
    found: dict[int, DifficultyShift | None] = {}
    for row in rows.annotate(asked=asked).prefetch_related("question__skills"):
        move = _read_shift(row, row.asked, now)
        for skill in row.question.skills.all() if row.question else ():
            found.setdefault(skill.pk, move)
    return {skill: move for skill, move in found.items() if move is not None}


@transaction.atomic
def keep_level(learner: User, code: UUID, *, now: datetime) -> Intervention | None:
    """Withdraw a shift, and the waiting question it caused; None if there is no such shift."""
    row = _delivered_shifts(learner).select_for_update(of=["self"]).filter(code=code).first()
    if row is not None and row.outcome != "withdrawn":
        row.outcome, row.outcome_at = "withdrawn", now
        row.save(update_fields=["outcome", "outcome_at"])
        Choice.objects.filter(learner=learner, adjust=row, asked_at=None).delete()
    return row


@transaction.atomic
def undo_keep_level(learner: User, code: UUID, *, now: datetime) -> Intervention | None:
    """Undo `keep_level`: the shift applies again to the questions that it had left."""
    row = _delivered_shifts(learner).select_for_update(of=["self"]).filter(code=code).first()
    if row is not None and row.outcome == "withdrawn":
        row.outcome, row.outcome_at = "shown", now
        row.save(update_fields=["outcome", "outcome_at"])
    return row


def _delivered_shifts(learner: User) -> QuerySet[Intervention]:
    return Intervention.objects.filter(learner=learner, kind="adjust", delivered=True)


def _read_shift(row: Intervention, asked: int, now: datetime) -> DifficultyShift | None:
    if asked >= QUESTIONS or row.outcome in ("never", "withdrawn"):
        return None
    reason = read_reason(row, now=now)
    if reason is None:
        return None
    return DifficultyShift(row, BY_DIRECTION[reason["gift"]["adjust"]], QUESTIONS - asked)
