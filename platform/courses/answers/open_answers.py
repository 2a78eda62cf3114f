"""Answers that people mark: store one when its test is handed in, and read it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Final
from uuid import UUID

from courses.answers.replies import Given
from courses.models import Attempt, OpenAnswer, Question
from vault.sealed_values import Place, seal_value, unseal_value

SCOPES: Final = {"course": 0}


def record(
    attempt: Attempt,
    question: Question,
    given: Given,
    *,
    content: int,
    elapsed_ms: int,
    answered_at: datetime,
) -> OpenAnswer:
    """Store one answer, unmarked. `content` is the pk of the wording that was asked.

    Its form was checked when it was saved, so that a limit which is lower by now loses no text.
    """
    made, learner = uuid.uuid4(), attempt.learner
    return OpenAnswer.objects.create(
        id=made,
        learner=learner,
        question=question,
        content_id=content,
        attempt=attempt,
        given_sealed=seal_value(
            given, place=_place(made, learner.code), scopes=SCOPES, now=answered_at
        ),
        elapsed_ms=elapsed_ms,
        answered_at=answered_at,
    )


def unseal_answer(row: OpenAnswer) -> Given:
    """Return the text, or the ids of the files; raise KeyDestroyed once the account is erased."""
    place = _place(row.id, row.learner.code)
    given: Given = unseal_value(bytes(row.given_sealed), place=place)
    return given


def _place(row: UUID, subject: UUID) -> Place:
    return Place("courses_openanswer", "given_sealed", str(row), subject)
