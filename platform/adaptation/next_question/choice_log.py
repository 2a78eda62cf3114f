"""Each question that was chosen: among which, how likely each was to go well, by which chance.

One choice may wait in a unit until its page is opened; a new one takes its place. What was weighed
stands sealed under scope `course`, so reading it takes that Permit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from accounts.models import User
from adaptation.models import Intervention
from adaptation.next_question.models import Choice
from consent.permits.gate import Permit
from courses.models import Question, Unit
from emotion.knowledge.item_selection import Candidate
from vault.sealed_values import Place, seal_value, unseal_value


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a choice was made of: the chance of the question that came, the target, and the field.

    `among` are the places of the draw, each by the code of its question.
    """

    predicted: float
    target: float
    among: Sequence[Candidate]


@dataclass(frozen=True, slots=True)
class Asked:
    """A choice that was asked, opened."""

    row: Choice
    weighed: Weighed


def keep(
    learner: User,
    unit: Unit,
    question: Question,
    weighed: Weighed,
    permit: Permit,
    *,
    purpose: str,
    probability: float,
    adjust: Intervention | None,
    now: datetime,
) -> Choice:
    """Write a choice down, in a transaction; it waits in its unit, and nothing else does."""
    # Of two pages that choose at once one waits, or both would leave a choice waiting.
    User.objects.select_for_update(no_key=True).values_list("pk").get(pk=learner.pk)
    drop(learner, unit)
    made = uuid4()
    among = [[each.code, each.predicted] for each in weighed.among]
    return Choice.objects.create(
        id=made,
        learner=learner,
        unit=unit,
        question=question,
        purpose=purpose,
        probability=probability,
        candidates=len(weighed.among),
        adjust=adjust,
        sealed=seal_value(
            {"predicted": weighed.predicted, "target": weighed.target, "among": among},
            place=_place(made, permit.subject),
            scopes={permit.scope: permit.epoch},
            now=now,
        ),
        chosen_at=now,
    )


def drop(learner: User, unit: Unit) -> None:
    """Forget what waits in a unit."""
    Choice.objects.filter(learner=learner, unit=unit, asked_at=None).delete()


def waiting(learner: User, unit: Unit) -> Choice | None:
    rows = Choice.objects.filter(learner=learner, unit=unit, asked_at=None)
    return rows.select_related("question").prefetch_related("question__skills").first()


def ask(row: Choice, *, now: datetime) -> Question:
    """The question of a choice, which from now on was asked."""
    Choice.objects.filter(pk=row.pk, asked_at=None).update(asked_at=now)
    return row.question


def last_asked(learner: User, question: Question, permit: Permit) -> Asked | None:
    """Why this question was last asked of this Learner; None where nothing chose it for them."""
    rows = Choice.objects.filter(learner=learner, question=question, asked_at__isnull=False)
    row = rows.select_related("adjust__learner").order_by("-chosen_at").first()
    return None if row is None else Asked(row, opened(row, permit))


def opened(row: Choice, permit: Permit) -> Weighed:
    """What was weighed; raises KeyDestroyed once the account is gone."""
    found = unseal_value(bytes(row.sealed), place=_place(row.id, permit.subject))
    among = tuple(Candidate(code, predicted) for code, predicted in found["among"])
    return Weighed(found["predicted"], found["target"], among)


def _place(row_id: UUID, subject: UUID) -> Place:
    return Place("adaptation_choice", "sealed", str(row_id), subject)
