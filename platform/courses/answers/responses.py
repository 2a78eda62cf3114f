"""Record an answer: grade it, seal it under scope `course`, and update the unit's progress."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from courses import completion
from courses.answers.replies import Given, UngradableReply
from courses.models import Attempt, Question, Response
from courses.questions import question_versions
from courses.questions.question_spec import item_of
from vault.sealed_values import Place, seal_value, unseal_value

SCOPES = {"course": 0}
LONGEST_MS = 24 * 60 * 60 * 1000
PART_OF_TEST = gettext_noop("This question is part of a test. Start the test to answer it.")


def record(
    *,
    learner: User,
    question: Question,
    given: Given,
    sitting: UUID | None,
    hints_used: int,
    elapsed_ms: int,
    draw: int | None,
    now: datetime,
    attempt: Attempt | None = None,
    content: int | None = None,
    id: UUID | None = None,
) -> Response:
    """Grade and store one answer; `feedback` and `misconception` of the result are for the page.

    `content` is the pk of the question's current QuestionContent, where the caller knows it. Raises
    `replies.UngradableReply` for a reply that cannot be graded, and for a question of a test
    outside of an Attempt; nothing is stored. Raises ValueError for a draw of a question that is not
    parameterised.
    """
    response = build(
        learner=learner,
        question=question,
        given=given,
        sitting=sitting,
        hints_used=hints_used,
        elapsed_ms=elapsed_ms,
        draw=draw,
        now=now,
        attempt=attempt,
        content=content,
        id=id,
    )
    _store(response)
    return response


def build(
    *,
    learner: User,
    question: Question,
    given: Given,
    sitting: UUID | None,
    hints_used: int,
    elapsed_ms: int,
    draw: int | None,
    now: datetime,
    attempt: Attempt | None = None,
    content: int | None = None,
    id: UUID | None = None,
) -> Response:
    """Grade and seal one answer as `record` does, without storing it."""
    if attempt is None and _is_of_test(question):
        raise UngradableReply(_(PART_OF_TEST))
    verdict = item_of(question, draw).grade(given)
    made = id or uuid.uuid4()
    response = Response(
        id=made,
        learner=learner,
        question=question,
        content_id=question_versions.store_contents([question])[0].pk
        if content is None
        else content,
        sitting=sitting,
        attempt=attempt,
        given_sealed=seal_value(
            given if isinstance(given, str) else list(given),
            place=_place(made, learner.code),
            scopes=SCOPES,
            now=now,
        ),
        correct=verdict.correct,
        partly=verdict.partly.numerator,
        partly_of=verdict.partly.denominator,
        hints_used=max(0, hints_used),
        elapsed_ms=min(max(0, elapsed_ms), LONGEST_MS),
        draw=draw,
        answered_at=now,
    )
    response.feedback = verdict.feedback_html
    response.misconception = verdict.misconception
    return response


@transaction.atomic(savepoint=False)
def _store(response: Response) -> None:
    response.save(force_insert=True)
    quiz = response.question.unit if response.attempt is None else None
    if response.correct and quiz is not None and quiz.kind == "quiz":
        completion.update_quiz(response.learner, quiz, now=response.answered_at)


def unseal_reply(response: Response) -> Any:
    """Return the answer; raise KeyDestroyed once the account is erased."""
    place = _place(response.id, response.learner.code)
    return unseal_value(bytes(response.given_sealed), place=place)


def find_correct_questions(learner: User, questions: Collection[Question]) -> set[int]:
    """Return the pks of `questions` that were answered correctly, directly or by a variant."""
    rows = Response.objects.filter(learner=learner, question__in=questions, correct=True)
    pairs = rows.values_list("question_id", "question__sibling_id").distinct()
    return {sibling or question for question, sibling in pairs}


def _is_of_test(question: Question) -> bool:
    """Return whether only Attempts ask the question."""
    in_test = question.unit is not None and question.unit.scenario != "course"
    return question.in_bank or in_test


def _place(row: UUID, subject: UUID) -> Place:
    return Place("courses_response", "given_sealed", str(row), subject)
