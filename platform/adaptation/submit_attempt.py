"""Handing in a test, by hand or when its time is over: each kept answer is judged once and learnt
from, and the Attempt is counted; on the same road with and without sensing."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime

from django.db import transaction

from consent.permits import gate
from consent.permits.errors import Refused
from consent.permits.gate import Permit
from courses import attempts, completion
from courses.answers import responses
from courses.answers.grading import UngradableReply
from courses.attempts import SavedAnswer
from courses.gradebook import regrades
from courses.models import Attempt, Question
from estimates.knowledge import mastery
from vault.errors import KeyDestroyed

logger = logging.getLogger(__name__)


@transaction.atomic
def hand_in(attempt: Attempt, *, now: datetime) -> Attempt:
    """End the Attempt now, or at the end of its time where that has passed; twice is once.

    Raises Refused while nothing may be written about the Learner.
    """
    rows = Attempt.objects.select_for_update(of=["self"])
    row = rows.select_related("learner", "unit__course").get(pk=attempt.pk)
    if row.handed_in_at is not None or row.reset_at is not None:
        return row
    permit = gate.permit(row.learner.code, "course", now=now)
    kept = attempts.load_answers(row)
    places = zip(row.contents, attempts.load_questions(row), strict=True)
    row.right = sum(
        _judged(row, each, content, kept.get(each.code), permit, now) for content, each in places
    )
    row.out_of = len(row.contents)
    row.handed_in_at = now if row.ends_at is None else min(now, row.ends_at)
    row.answers_sealed = None
    row.save(update_fields=["right", "out_of", "handed_in_at", "answers_sealed"])
    if row.regraded.exists():
        regrades.recount([row])
    completion.record_test(row.learner, row.unit, now=row.handed_in_at)
    return row


def hand_in_due(now: datetime) -> None:
    """Hand in every Attempt whose time is over: what a closed page leaves behind."""
    for attempt in attempts.find_overdue(now):
        try:
            hand_in(attempt, now=now)
        except (Refused, KeyDestroyed):
            logger.info("attempt.not_handed_in")
        except Exception:
            logger.exception("attempt.not_handed_in")


def settled(attempt: Attempt, *, now: datetime) -> Attempt:
    """The Attempt as it stands now: handed in at once where its time is over."""
    over = attempt.ends_at is not None and now >= attempt.ends_at
    return hand_in(attempt, now=now) if over and attempt.handed_in_at is None else attempt


def _judged(
    attempt: Attempt,
    question: Question,
    content: int,
    kept: SavedAnswer | None,
    permit: Permit,
    now: datetime,
) -> bool:
    """Record one answer to the question as it was when the Attempt began."""
    if kept is None:
        return False
    with suppress(UngradableReply):
        response = responses.record(
            learner=attempt.learner,
            question=question,
            given=kept.given,
            sitting=None,
            hints_used=0,
            elapsed_ms=kept.elapsed_ms,
            draw=None,
            now=kept.at,
            attempt=attempt,
            content=content,
        )
        mastery.update(response, permit, now=now)
        return response.correct
    return False
