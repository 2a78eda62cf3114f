"""Answering a question: record it, update mastery, choose the next; with or without sensing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import User
from adaptation.models import Intervention
from adaptation.next_question import selection
from adaptation.next_question.selection import QuestionChoice
from consent.permits import gate
from courses.answers import responses
from courses.answers.replies import Given
from courses.models import Question, Response
from estimates.knowledge import mastery
from interventions.choice import Rng
from telemetry import events, sittings, windows
from telemetry.models import Sitting


@dataclass(frozen=True, slots=True)
class AnswerResult:
    """The Response with its `feedback`, and the next question of the quiz."""

    response: Response
    correct: bool
    feedback: str
    next_question: QuestionChoice | None


@transaction.atomic
def answer(
    learner: User,
    question: Question,
    given: Given,
    *,
    sitting: Sitting | None,
    hints_used: int,
    elapsed_ms: int,
    draw: int | None,
    now: datetime,
    rng: Rng,
    id: UUID | None = None,
) -> AnswerResult:
    """Record one answer. `id` is the Response's id, where a client supplies one for retries.

    Raises `replies.UngradableReply` (nothing is stored) and `Refused`.
    """
    permit = gate.permit(learner.code, "course", now=now)
    response = responses.record(
        learner=learner,
        question=question,
        given=given,
        sitting=sitting.id if sitting else None,
        hints_used=hints_used,
        elapsed_ms=elapsed_ms,
        draw=draw,
        now=now,
        id=id,
    )
    mastery.update(response, permit, now=now)
    if sitting is not None:
        _store_event(sitting, response, now)
    following = None
    if question.unit is not None and question.unit.kind == "quiz":
        following = selection.choose(
            learner, question.unit, permit, rng=rng, now=now, after=question
        )
        selection.store_choice(learner, question.unit, following, permit, now=now)
    return AnswerResult(response, response.correct, response.feedback, following)


def answer_once(
    learner: User,
    question: Question,
    given: Given,
    *,
    key: str,
    sitting: Sitting | None,
    hints_used: int,
    elapsed_ms: int,
    draw: int | None,
    now: datetime,
    rng: Rng,
) -> tuple[Response, bool]:
    """Record an answer unless one with this `key` of the client is stored; return if it was new.

    The id is derived from the learner's code too, so that two learners never share a Response.
    """
    id = uuid5(learner.code, key)
    stored = Response.objects.filter(id=id, learner=learner)
    if row := stored.first():
        return row, False
    try:
        result = answer(
            learner,
            question,
            given,
            sitting=sitting,
            hints_used=hints_used,
            elapsed_ms=elapsed_ms,
            draw=draw,
            now=now,
            rng=rng,
            id=id,
        )
    except IntegrityError:
        if row := stored.first():
            return row, False
        raise
    return result.response, True


def _store_event(sitting: Sitting, response: Response, now: datetime) -> None:
    """Store the answer as a course event; a correct one expires waiting offers for its question."""
    if response.correct:
        waiting = Q(outcome=None) | Q(outcome="shown")
        offers = Intervention.objects.filter(waiting, sitting=sitting, question=response.question)
        offers.exclude(kind="adjust").update(outcome="expired", outcome_at=now)
    t = sittings.seconds_of_act(sitting, now)
    code = response.question.code
    events.store(sitting, response.id, t, "answer", float(response.correct), code, now)
    windows.fall_due(sitting.id, t, now)
