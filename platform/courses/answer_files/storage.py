"""Files of a running Attempt: store, remove and restore one, and read them again.

A file belongs to the answer once this answer names it. Both change in one transaction, under the
lock of the Attempt, so a file is never acknowledged and then missing.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from courses import attempts
from courses.answer_files.acceptance import MB, AcceptedFile, accept_file
from courses.models import AnswerFile, Attempt, Question
from courses.questions.question_spec import item_of
from courses.refused_file import RefusedFile
from vault.sealed_values import Place, seal_bytes, seal_value, unseal_file, unseal_value

SCOPES: Final = {"course": 0}
# Of one learner in the graded tests of one course, and in its practice tests: these may have any
# number of attempts, whose files stay, so they take no space of the others.
MOST_IN_COURSE: Final = 500 * MB


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A stored file as people see it in a list."""

    id: UUID
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class AnswerFiles:
    """The files of one answer; `removed` is the last one that was removed, while it is kept."""

    files: tuple[FileFacts, ...] = ()
    removed: FileFacts | None = None


def add_file(
    attempt: Attempt,
    question: Question,
    name: str,
    content: bytes,
    *,
    elapsed_ms: int = 0,
    now: datetime,
) -> FileFacts:
    """Store a file with the answer, once however often it is sent; return it.

    Raises RefusedFile, and AttemptClosed when the Attempt is over.
    """
    attempts.require_running(attempt, now=now)
    digest = hashlib.sha256(content).hexdigest()
    rows = list(_rows_of(attempt, question))
    sent = None
    # To decode a picture takes seconds: without need or room, none is.
    if _find_same(rows, digest) is None:
        _require_room(question, rows)
        sent = accept_file(item_of(question), name, content)
    with transaction.atomic():
        locked = attempts.lock_running(attempt, now=now)
        rows = list(_rows_of(locked, question))
        row = _find_same(rows, digest)
        if row is None:
            _require_room(question, rows)
            # One that was there a moment ago was removed meanwhile.
            sent = sent or accept_file(item_of(question), name, content)
            _require_space(locked, len(sent.content))
            row = _store(locked, question, sent, digest, now)
        elif row.removed_at is not None:
            _require_room(question, rows)
            _set_removed(row, None)
        _name_files(locked, question, elapsed_ms, now)
    return read_facts(row)


@transaction.atomic
def remove_file(
    attempt: Attempt, question: Question, id: UUID, *, elapsed_ms: int = 0, now: datetime
) -> None:
    """Remove a file from the answer; only the last removed one can be restored.

    Raises AttemptClosed.
    """
    locked = attempts.lock_running(attempt, now=now)
    rows = _rows_of(locked, question)
    row = rows.filter(pk=id, removed_at=None).first()
    if row is None:
        return
    rows.filter(removed_at__isnull=False).delete()
    _set_removed(row, now)
    _name_files(locked, question, elapsed_ms, now)


@transaction.atomic
def restore_file(
    attempt: Attempt, question: Question, id: UUID, *, elapsed_ms: int = 0, now: datetime
) -> None:
    """Put a removed file back. Raises RefusedFile where others took its place, AttemptClosed."""
    locked = attempts.lock_running(attempt, now=now)
    rows = list(_rows_of(locked, question))
    row = next((row for row in rows if row.pk == id and row.removed_at is not None), None)
    if row is None:
        return
    _require_room(question, rows)
    _set_removed(row, None)
    _name_files(locked, question, elapsed_ms, now)


def discard_removed(attempt: Attempt) -> None:
    """Delete the removed files of an Attempt that is submitted."""
    AnswerFile.objects.filter(attempt=attempt, removed_at__isnull=False).delete()


def load_files(attempt: Attempt, question: Question) -> AnswerFiles:
    """Return the files of one answer; raise KeyDestroyed once the account is erased."""
    return list_files(list(_rows_of(attempt, question)))


def load_attempt_files(attempt: Attempt) -> dict[int, AnswerFiles]:
    """Return the files of an Attempt by question."""
    found: dict[int, list[AnswerFile]] = {}
    for row in _without_content(AnswerFile.objects.filter(attempt=attempt)):
        found.setdefault(row.question_id, []).append(row)
    return {question: list_files(rows) for question, rows in found.items()}


def list_files(rows: Sequence[AnswerFile]) -> AnswerFiles:
    removed = next((row for row in rows if row.removed_at is not None), None)
    return AnswerFiles(
        tuple(read_facts(row) for row in rows if row.removed_at is None),
        None if removed is None else read_facts(removed),
    )


def find_file(attempt: Attempt, id: UUID) -> AnswerFile | None:
    """Return a file that belongs to an answer of the Attempt, with its content."""
    rows = AnswerFile.objects.filter(attempt=attempt, removed_at=None, pk=id)
    return rows.select_related("learner").first()


def number_of(row: AnswerFile) -> int:
    """Return the place of a file in its answer, from 1."""
    rows = _rows_of(row.attempt, row.question).filter(removed_at=None)
    return 1 + list(rows.values_list("pk", flat=True)).index(row.pk)


def read_facts(row: AnswerFile) -> FileFacts:
    """Return name and size; raise KeyDestroyed once the account is erased."""
    return FileFacts(row.pk, _unseal_facts(row)["name"], row.size)


def read_content(row: AnswerFile) -> bytes:
    """Return the file itself; raise KeyDestroyed once the account is erased."""
    place = _place(row.pk, "content_sealed", row.learner.code)
    return unseal_file(bytes(row.content_sealed), place=place)


def _rows_of(attempt: Attempt, question: Question) -> QuerySet[AnswerFile]:
    return _without_content(AnswerFile.objects.filter(attempt=attempt, question=question))


def _without_content(rows: QuerySet[AnswerFile]) -> QuerySet[AnswerFile]:
    """Return the rows in their order, without the megabytes of each."""
    return rows.defer("content_sealed").select_related("learner").order_by("uploaded_at", "pk")


def _find_same(rows: Sequence[AnswerFile], digest: str) -> AnswerFile | None:
    """Return the row of the same bytes as they were sent."""
    return next((row for row in rows if _unseal_facts(row)["digest"] == digest), None)


def _require_room(question: Question, rows: Sequence[AnswerFile]) -> None:
    if sum(row.removed_at is None for row in rows) >= question.most_files:
        raise RefusedFile(
            _("You can upload at most {most} files here. Remove one first.").format(
                most=question.most_files
            )
            if question.most_files > 1
            else _("You can upload one file here. Remove it first.")
        )


def _require_space(attempt: Attempt, size: int) -> None:
    """Raise RefusedFile where the files of all tests of this kind would be too large."""
    rows = AnswerFile.objects.filter(
        learner=attempt.learner_id,
        attempt__unit__course=attempt.unit.course_id,
        attempt__scenario=attempt.scenario,
    )
    if (rows.aggregate(all=Sum("size"))["all"] or 0) + size > MOST_IN_COURSE:
        told = (
            _(
                "With this file, your files in the practice tests of this course would have more "
                "than {size} MB. Upload a smaller one."
            )
            if attempt.scenario == "practice"
            else _(
                "With this file, your files in the graded tests of this course would have more "
                "than {size} MB. Upload a smaller one."
            )
        )
        raise RefusedFile(told.format(size=MOST_IN_COURSE // MB))


def _store(
    attempt: Attempt, question: Question, sent: AcceptedFile, digest: str, now: datetime
) -> AnswerFile:
    made, code = uuid.uuid4(), attempt.learner.code
    return AnswerFile.objects.create(
        id=made,
        learner=attempt.learner,
        attempt=attempt,
        question=question,
        facts_sealed=seal_value(
            {"name": sent.name, "digest": digest},
            place=_place(made, "facts_sealed", code),
            scopes=SCOPES,
            now=now,
        ),
        content_sealed=seal_bytes(
            sent.content, place=_place(made, "content_sealed", code), scopes=SCOPES, now=now
        ),
        size=len(sent.content),
        uploaded_at=now,
    )


def _set_removed(row: AnswerFile, at: datetime | None) -> None:
    AnswerFile.objects.filter(pk=row.pk).update(removed_at=at)


def _name_files(attempt: Attempt, question: Question, elapsed_ms: int, now: datetime) -> None:
    """Save as the answer which files it has."""
    rows = _rows_of(attempt, question).filter(removed_at=None)
    ids = [str(row.pk) for row in rows]
    attempts.save_answer(attempt, question, ids, elapsed_ms=elapsed_ms, now=now)


def _unseal_facts(row: AnswerFile) -> dict[str, Any]:
    place = _place(row.pk, "facts_sealed", row.learner.code)
    found: dict[str, Any] = unseal_value(bytes(row.facts_sealed), place=place)
    return found


def _place(row: UUID, column: str, subject: UUID) -> Place:
    return Place("courses_answerfile", column, str(row), subject)
