"""Stored wordings of questions: attempts and answers keep the key that they were made with."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from courses.models import OpenAnswer, Question, QuestionContent, Response
from courses.models.question import CONTENT_COLUMNS


def digest_of(question: Question) -> str:
    """Return a digest of the current wording, options and key of a question."""
    text = json.dumps(_columns(question), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def is_reworded(question: Question, content: QuestionContent) -> bool:
    """Return whether the wording or key has changed since; points are no part of them."""
    return {**_columns(question), "points": 0} != {**content.columns, "points": 0}


def store_contents(questions: Iterable[Question]) -> list[QuestionContent]:
    """Return the current QuestionContents of the questions, in order; store new ones."""
    wanted = {row.pk: (row, digest_of(row)) for row in questions}
    found = _load_stored(wanted.values())
    missing = [each for each in wanted.values() if (each[0].pk, each[1]) not in found]
    if missing:
        QuestionContent.objects.bulk_create(
            [
                QuestionContent(question=row, digest=digest, columns=_columns(row))
                for row, digest in missing
            ],
            ignore_conflicts=True,
        )
        found = _load_stored(wanted.values())
    return [found[pk, digest] for pk, (_, digest) in wanted.items()]


def load_as_stored(contents: Sequence[int]) -> list[Question]:
    """Return the questions with the wording of these QuestionContents, in the order of the pks."""
    rows = QuestionContent.objects.filter(pk__in=contents).select_related("question__unit")
    by_pk = {row.pk: row for row in rows.prefetch_related("question__skills")}
    return [_apply_content(by_pk[pk].question, by_pk[pk]) for pk in contents]


def load_versions(question: Question, responses: Iterable[Response]) -> dict[int | None, Question]:
    """Return the question as these Responses saw it, by `content_id`; None = the current one."""
    wanted = {row.content_id for row in responses if row.content_id is not None}
    rows = QuestionContent.objects.filter(pk__in=wanted)
    return {None: question, **{row.pk: _apply_content(question, row) for row in rows}}


def load_as_answered(answer: Response | OpenAnswer, question: Question) -> Question:
    """Return the question as the answer saw it; the current one for an older Response."""
    content = answer.content
    return question if content is None else _apply_content(question, content)


def _load_stored(wanted: Iterable[tuple[Question, str]]) -> dict[tuple[int, str], QuestionContent]:
    pairs = [(row.pk, digest) for row, digest in wanted]
    rows = QuestionContent.objects.filter(
        question__in=[pk for pk, _ in pairs], digest__in=[digest for _, digest in pairs]
    )
    return {(row.question_id, row.digest): row for row in rows.defer("columns")}


def _apply_content(question: Question, content: QuestionContent) -> Question:
    question = copy.copy(question)
    for name, value in content.columns.items():
        setattr(question, name, value)
    return question


def _columns(question: Question) -> dict[str, Any]:
    return {name: getattr(question, name) for name in CONTENT_COLUMNS}
