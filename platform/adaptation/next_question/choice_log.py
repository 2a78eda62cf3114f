"""The log of chosen questions: the candidates, their predicted success, and the probability.

One choice may wait in a unit until its page is opened; a new one replaces it. The details are
sealed under scope `course`, so reading them needs that Permit.
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
class DrawDetails:
    """Details of a choice: the chosen question's predicted success, the target, and the candidates.

    `among` are the candidates of the draw, each by the code of its question.
    """

    predicted: float
    target: float
    among: Sequence[Candidate]


@dataclass(frozen=True, slots=True)
class AskedChoice:
    """A choice that was asked, with its details."""

    row: Choice
    weighed: DrawDetails


def store_waiting(
    learner: User,
    unit: Unit,
    question: Question,
    weighed: DrawDetails,
    permit: Permit,
    *,
    purpose: str,
    probability: float,
    adjust: Intervention | None,
    now: datetime,
) -> Choice:
    """Store a choice, in a transaction; it replaces the one that waits in its unit."""
    # One of two pages that choose at the same time waits; else both would leave a waiting choice.
    User.objects.select_for_update(no_key=True).values_list("pk").get(pk=learner.pk)
    delete_waiting(learner, unit)
    choice_id = uuid4()
    among = [[each.code, each.predicted] for each in weighed.among]
    return Choice.objects.create(
        id=choice_id,
        learner=learner,
        unit=unit,
        question=question,
        purpose=purpose,
        probability=probability,
        candidates=len(weighed.among),
        adjust=adjust,
        sealed=seal_value(
            {"predicted": weighed.predicted, "target": weighed.target, "among": among},
            place=_place(choice_id, permit.subject),
            scopes={permit.scope: permit.epoch},
            now=now,
        ),
        chosen_at=now,
    )


def delete_waiting(learner: User, unit: Unit) -> None:
    """Delete the choice that waits in a unit."""
    Choice.objects.filter(learner=learner, unit=unit, asked_at=None).delete()


def find_waiting(learner: User, unit: Unit) -> Choice | None:
    rows = Choice.objects.filter(learner=learner, unit=unit, asked_at=None)
    return rows.select_related("question").prefetch_related("question__skills").first()


def mark_asked(row: Choice, *, now: datetime) -> Question:
    """Mark a choice as asked and return its question."""
    Choice.objects.filter(pk=row.pk, asked_at=None).update(asked_at=now)
    return row.question


def find_last_asked(learner: User, question: Question, permit: Permit) -> AskedChoice | None:
    """Return the last choice of this question for this Learner; None if it was not chosen."""
    rows = Choice.objects.filter(learner=learner, question=question, asked_at__isnull=False)
    row = rows.select_related("adjust__learner").order_by("-chosen_at").first()
    return None if row is None else AskedChoice(row, open_details(row, permit))


def open_details(row: Choice, permit: Permit) -> DrawDetails:
    """Open the details of a choice; raises KeyDestroyed once the account is gone."""
    found = unseal_value(bytes(row.sealed), place=_place(row.id, permit.subject))
    among = tuple(Candidate(code, predicted) for code, predicted in found["among"])
    return DrawDetails(found["predicted"], found["target"], among)


def _place(row_id: UUID, subject: UUID) -> Place:
    return Place("adaptation_choice", "sealed", str(row_id), subject)
