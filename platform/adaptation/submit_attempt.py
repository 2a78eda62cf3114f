"""Submitting a test, by hand or when its time is over, the same with or without sensing.

Each stored answer is graded once and updates mastery, and the Attempt is counted.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime
from fractions import Fraction

from django.db import transaction

from consent.permits import gate
from consent.permits.errors import Refused
from consent.permits.gate import Permit
from courses import attempts, completion
from courses.answer_files import storage
from courses.answers import open_answers, responses
from courses.answers.replies import UngradableReply
from courses.attempts import SavedAnswer
from courses.gradebook import regrades
from courses.gradebook.attempt_scores import SCORE_FIELDS, set_score
from courses.gradebook.scores import Credit
from courses.models import Attempt, Question
from courses.questions.answer_parts import to_fraction
from courses.questions.question_spec import item_of
from estimates.knowledge import mastery
from vault.errors import KeyDestroyed

logger = logging.getLogger(__name__)


@transaction.atomic
def submit(attempt: Attempt, *, now: datetime) -> Attempt:
    """Submit the Attempt now, or as of its time limit if that has passed; a repeat changes nothing.

    Raises Refused while nothing may be written about the Learner.
    """
    rows = Attempt.objects.select_for_update(of=["self"])
    row = rows.select_related("learner", "unit__course").get(pk=attempt.pk)
    if row.handed_in_at is not None or row.reset_at is not None:
        return row
    permit = gate.permit(row.learner.code, "course", now=now)
    answers = attempts.load_answers(row)
    places = zip(row.contents, attempts.load_questions(row), strict=True)
    credits = {
        each.pk: _record_answer(row, each, content, answers.get(each.code), permit, now)
        for content, each in places
    }
    storage.discard_removed(row)
    set_score(row, credits)
    row.handed_in_at = now if row.ends_at is None else min(now, row.ends_at)
    row.answers_sealed = None
    row.save(update_fields=[*SCORE_FIELDS, "handed_in_at", "answers_sealed"])
    if row.regraded.exists():
        regrades.recount([row])
    completion.record_test(row.learner, row.unit, now=row.handed_in_at)
    return row


def submit_due(now: datetime) -> None:
    """Submit every Attempt whose time is over, such as those of a closed page."""
    for attempt in attempts.find_overdue(now):
        try:
            submit(attempt, now=now)
        except (Refused, KeyDestroyed):
            logger.info("attempt.not_handed_in")
        except Exception:
            logger.exception("attempt.not_handed_in")


def submit_if_over(attempt: Attempt, *, now: datetime) -> Attempt:
    """Return the Attempt as it is now: submitted at once if its time is over."""
    over = attempt.ends_at is not None and now >= attempt.ends_at
    return submit(attempt, now=now) if over and attempt.handed_in_at is None else attempt


def _record_answer(
    attempt: Attempt,
    question: Question,
    content: int,
    stored: SavedAnswer | None,
    permit: Permit,
    now: datetime,
) -> Credit:
    """Record one answer to the question as it was when the Attempt began; return its credit."""
    points = to_fraction(question.points)
    if stored is None:
        return Credit(Fraction(0), points)
    if item_of(question).is_open:
        _keep_open(attempt, question, content, stored)
        return Credit(Fraction(0), points, unmarked=True)
    return Credit(_grade_answer(attempt, question, content, stored, permit, now), points)


def _keep_open(attempt: Attempt, question: Question, content: int, stored: SavedAnswer) -> None:
    """Store an answer that people mark; it is no Response, so mastery does not see it."""
    open_answers.record(
        attempt,
        question,
        stored.given,
        content=content,
        elapsed_ms=stored.elapsed_ms,
        answered_at=stored.at,
    )


def _grade_answer(
    attempt: Attempt,
    question: Question,
    content: int,
    stored: SavedAnswer,
    permit: Permit,
    now: datetime,
) -> Fraction:
    """Grade and record one answer; return its share."""
    with suppress(UngradableReply):
        response = responses.record(
            learner=attempt.learner,
            question=question,
            given=stored.given,
            sitting=None,
            hints_used=0,
            elapsed_ms=stored.elapsed_ms,
            draw=None,
            now=stored.at,
            attempt=attempt,
            content=content,
        )
        mastery.update(response, permit, now=now)
        return response.share
    return Fraction(0)
