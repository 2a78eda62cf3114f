"""The level of help on a skill that is allowed now, from past offers and correct answers.

A hint opened without an offer counts as help used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal, cast
from uuid import UUID

from accounts.models import User
from adaptation.models import Intervention
from courses.models import Hint, Question, Response
from interventions import escalation_ladder
from interventions.escalation_ladder import CorrectAnswer, OpenHelp, PastOffer
from telemetry.models import Event

# What happened a week ago says little about the help needed today.
LOOK_BACK = timedelta(days=7)
Outcome = Literal["", "shown", "accepted", "later", "never", "expired", "withdrawn"]
Dated = tuple[datetime, PastOffer | CorrectAnswer]


def find_open_help(
    learner: User, question: Question, have: Collection[str], *, spinning: bool, now: datetime
) -> OpenHelp:
    """Return which of these kinds may be offered about this question, and in which form."""
    skills, since = [skill.pk for skill in question.skills.all()], now - LOOK_BACK
    rows: list[Dated] = [
        *_past_offers(learner, question, skills, since),
        *_opened_hints(learner, question, skills, since),
        *_correct_answers(learner, skills, since),
    ]
    history = [row for _, row in sorted(rows, key=lambda dated: dated[0])]
    return escalation_ladder.find_open_help(history, have, spinning=spinning)


def _past_offers(
    learner: User, question: Question, skills: Sequence[int], since: datetime
) -> Iterator[Dated]:
    rows = Intervention.objects.filter(
        learner=learner, delivered=True, decided_at__gt=since, question__skills__in=skills
    ).distinct()
    for row in rows:
        # Opening a hint is an event of its own, with the kind of hint shown.
        if row.kind in ("hint", "worked_step") and row.outcome == "accepted":
            continue
        outcome = cast("Outcome", row.outcome or "")
        yield row.decided_at, PastOffer(row.kind, outcome, row.question_id == question.pk)


def _opened_hints(
    learner: User, question: Question, skills: Sequence[int], since: datetime
) -> Iterator[Dated]:
    """Find the questions of the hints opened, few compared with all hints of a large course."""
    rows = Event.objects.filter(sitting__learner=learner, name="hint", at__gt=since)
    events = list(rows.values_list("at", "ref", "value"))
    asked = Question.objects.filter(skills__in=skills, code__in={ref for _, ref, _ in events})
    codes = dict(asked.order_by().values_list("pk", "code"))
    hints = Hint.objects.filter(question__in=list(codes)).order_by()
    kinds = {
        (codes[pk], number): kind
        for pk, number, kind in hints.values_list("question", "position", "kind")
    }
    for at, ref, value in events:
        if ref in codes.values():
            shown = kinds.get((cast("UUID", ref), int(value or 1))) == "worked_step"
            kind = "worked_step" if shown else "hint"
            yield at, PastOffer(kind, "accepted", ref == question.code)


def _correct_answers(learner: User, skills: Sequence[int], since: datetime) -> Iterator[Dated]:
    rows = Response.objects.filter(
        learner=learner, correct=True, answered_at__gt=since, question__skills__in=skills
    ).distinct()
    for at in rows.values_list("answered_at", flat=True):
        yield at, CorrectAnswer()
