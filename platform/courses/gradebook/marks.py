"""Marks of answers that people mark: set one, its history, and the score that follows.

A mark never overwrites another one silently: the caller names the mark that it saw.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.models import User
from courses.answers.replies import FINEST_PART
from courses.gradebook.regrades import recount
from courses.gradebook.teacher_names import teacher_name
from courses.models import AnswerMark, Attempt, OpenAnswer
from vault.sealed_values import Place, seal_value, unseal_value

SCOPES: Final = {"course": 0}
LONGEST_COMMENT: Final = 4000


class MarkChanged(Exception):
    """Another Teacher marked the answer since the page was opened."""


@dataclass(frozen=True, slots=True)
class MarkNote:
    """What a mark says: a comment, and the id of the chosen level of each criterion by its id."""

    comment: str = ""
    levels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PastMark:
    """A mark as people read it."""

    id: UUID
    share: Fraction
    by: str
    at: datetime
    note: MarkNote


@transaction.atomic
def set_mark(
    answer: OpenAnswer,
    share: Fraction,
    note: MarkNote,
    *,
    seen: UUID | None,
    by: User,
    now: datetime,
) -> AnswerMark:
    """Mark an answer in place of the mark `seen`, and count its Attempt again.

    `seen` is None where the answer had no mark. Raises MarkChanged where it has another one by now.
    Returns the mark `seen` where nothing about it changes.
    """
    attempt = Attempt.objects.select_for_update(of=["self"]).get(pk=answer.attempt_id)
    current = find_mark(answer)
    if (None if current is None else current.pk) != seen:
        raise MarkChanged
    stored = share.limit_denominator(FINEST_PART)
    kept = MarkNote(note.comment.strip()[:LONGEST_COMMENT], dict(note.levels))
    if current is not None:
        if (current.share, note_of(current)) == (stored, kept):
            return current
        AnswerMark.objects.filter(pk=current.pk).update(replaced_at=max(now, current.made_at))
    made, learner = uuid.uuid4(), answer.learner
    row = AnswerMark.objects.create(
        id=made,
        learner=learner,
        answer=answer,
        by=by,
        earned=stored.numerator,
        earned_of=stored.denominator,
        note_sealed=seal_value(
            {"comment": kept.comment, "levels": kept.levels},
            place=_place(made, learner.code),
            scopes=SCOPES,
            now=now,
        ),
        made_at=now,
    )
    recount([attempt])
    return row


def find_mark(answer: OpenAnswer) -> AnswerMark | None:
    """Return the mark that counts, or None."""
    return answer.marks.filter(replaced_at=None).first()


def load_history(answer: OpenAnswer) -> list[PastMark]:
    """Return every mark of the answer, the one that counts first, then the newest."""
    rows = answer.marks.select_related("by", "learner")
    last = F("replaced_at").desc(nulls_first=True)
    return [describe_mark(row) for row in rows.order_by(last, "-made_at", "pk")]


def describe_mark(row: AnswerMark) -> PastMark:
    """Return a mark with its note; raise KeyDestroyed once the Learner's account is erased."""
    return PastMark(row.pk, row.share, teacher_name(row.by), row.made_at, note_of(row))


def note_of(row: AnswerMark) -> MarkNote:
    """Return what the Teacher wrote; raise KeyDestroyed once the Learner's account is erased."""
    found = unseal_value(bytes(row.note_sealed), place=_place(row.id, row.learner.code))
    return MarkNote(found["comment"], found["levels"])


def _place(row: UUID, subject: UUID) -> Place:
    return Place("courses_answermark", "note_sealed", str(row), subject)
