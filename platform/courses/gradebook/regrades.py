"""Regrade a question of a test after it was handed in, undo that, and recount.

The score of an Attempt always follows from its answers and from the regrades in force, in their
order. So undoing any regrade gives the score without it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from math import lcm
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from courses.gradebook.attempt_scores import SCORE_FIELDS, set_score
from courses.gradebook.regrade_credits import load_credits
from courses.gradebook.regrade_preview import RegradeChoice, find_covered, preview
from courses.models import Attempt, Regrade, RegradedAttempt
from courses.models.regrade import is_changed
from courses.questions import question_versions
from vault.keystore import open_keystore
from vault.sealed_values import Place, seal_value, unseal_value

SCOPES: Final = {"course": 0}


class StalePreview(Exception):
    """Data that the preview depends on has changed since it was shown."""


@transaction.atomic
def make(choice: RegradeChoice, reason: str, stamp: str, *, by: User, now: datetime) -> Regrade:
    """Regrade each Attempt that contains the question; a running one when it is handed in.

    Raises StalePreview where the preview with this stamp is outdated, ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("expected a reason for the regrade, got none")
    covered = _lock_attempts(find_covered(choice))
    if preview(choice, covered).stamp != stamp:
        raise StalePreview
    made = Regrade.objects.create(
        unit=choice.unit,
        question=choice.question,
        treatment=choice.treatment,
        content=None
        if choice.key is None
        else question_versions.store_contents([choice.question])[0],
        keeps_higher=choice.keeps_higher,
        by=by,
        made_at=now,
    )
    RegradedAttempt.objects.bulk_create(_rows(made, covered, reason.strip(), now))
    recount(covered)
    return made


@transaction.atomic
def undo(regrade: Regrade, *, now: datetime) -> bool:
    """Restore the grades without this regrade; return False where it was already undone."""
    covered = _lock_attempts(Attempt.objects.filter(pk__in=regrade.attempts.values("attempt")))
    undone = Regrade.objects.filter(pk=regrade.pk, undone_at=None).update(undone_at=now)
    if undone:
        recount(covered)
    return bool(undone)


def recount(covered: Sequence[Attempt]) -> None:
    """Recount those of the Attempts that were handed in, and store the effect of each regrade."""
    found = load_credits(covered)
    for each in found:
        scores = each.scores
        set_score(each.attempt, each.credits)
        for row, before, after in zip(each.rows, scores, scores[1:], strict=False):
            per_point = lcm(before.per_point, after.per_point)
            row.right_before, row.out_of_before = before.in_parts(per_point)
            row.right, row.out_of = after.in_parts(per_point)
    Attempt.objects.bulk_update([each.attempt for each in found], SCORE_FIELDS)
    rows = [row for each in found for row in each.rows]
    RegradedAttempt.objects.bulk_update(rows, ["right_before", "out_of_before", "right", "out_of"])


def learners_changed(regrade: Regrade) -> list[UUID]:
    """Return the codes of the Learners whose score was changed by it."""
    rows = regrade.attempts.filter(is_changed()).order_by("learner")
    return list(rows.values_list("learner__code", flat=True).distinct())


def reason_of(row: RegradedAttempt) -> str:
    """Return what the Teacher wrote; raise KeyDestroyed once the Learner's account is erased."""
    return str(unseal_value(bytes(row.reason_sealed), place=_place(row.pk, row.learner.code)))


def _lock_attempts(rows: QuerySet[Attempt]) -> list[Attempt]:
    """Lock running Attempts too: handing in waits, and then finds the regrade."""
    found = rows.select_related("learner").order_by("pk")
    return list(found.select_for_update(of=["self"]))


def _rows(
    made: Regrade, covered: Sequence[Attempt], reason: str, now: datetime
) -> Iterator[RegradedAttempt]:
    """Yield a row for each covered Attempt, each with its own sealed copy of the reason."""
    # Load all keys at once; otherwise each seal would look up its own key.
    (scope,) = SCOPES.items()
    open_keystore().current_keys([(row.learner.code, *scope) for row in covered], now)
    for attempt in covered:
        pk, learner = uuid.uuid4(), attempt.learner
        sealed = seal_value(reason, place=_place(pk, learner.code), scopes=SCOPES, now=now)
        yield RegradedAttempt(
            id=pk, regrade=made, learner=learner, attempt=attempt, reason_sealed=sealed
        )


def _place(row: UUID, subject: UUID) -> Place:
    return Place("courses_regradedattempt", "reason_sealed", str(row), subject)
