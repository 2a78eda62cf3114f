"""Grades of graded tests, sent to the platform whose links opened them.

Each Learner and link has a row that falls due: soon after the gradebook changed, and at least once
an hour. The grade that was sent last is compared with the gradebook then, so a missed change is
sent late and not never.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from courses.gradebook.grades import load_grade
from courses.models import Attempt, Enrolment, GradeOverride, RegradedAttempt
from lti.launch.accounts import subject_of
from lti.launch.claims import SCORE_SCOPE
from lti.models import LearningPlatform, LinkedGrade, SentGrade
from lti.services.access_tokens import ServiceFailed, call, fetch_token
from lti.services.score_messages import MEDIA_TYPE, scores_address, write_score
from vault.errors import KeyDestroyed
from work_queue.due_rows import lease_due

BATCH: Final = 50
LEASE: Final = timedelta(minutes=15)
CHECKED_EVERY: Final = timedelta(hours=1)
# A transaction may commit a little later than the time that it stores.
OVERLAP: Final = timedelta(minutes=1)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
MOST_TRIES: Final = 1000
Clock = Callable[[], datetime]

logger = logging.getLogger("lti.grades")


def make_changed_due(*, now: datetime) -> int:
    """Make the rows due whose gradebook changed since they were compared; return how many."""
    since = OuterRef("checked_at") - OVERLAP
    mine: dict[str, Any] = {
        "learner": OuterRef("account__person"),
        "unit": OuterRef("link__unit"),
    }
    attempts = Attempt.objects.filter(**mine)
    overrides = GradeOverride.objects.filter(**mine)
    regrades = RegradedAttempt.objects.filter(
        attempt__learner=mine["learner"], attempt__unit=mine["unit"]
    )
    changed = (
        Exists(attempts.filter(Q(handed_in_at__gt=since) | Q(reset_at__gt=since)))
        | Exists(overrides.filter(Q(made_at__gt=since) | Q(undone_at__gt=since)))
        | Exists(regrades.filter(Q(regrade__made_at__gt=since) | Q(regrade__undone_at__gt=since)))
    )
    # A row that another worker leases, or that waits after a failure, has another due time.
    resting = LinkedGrade.objects.filter(due_at=F("checked_at") + CHECKED_EVERY)
    return resting.filter(changed).update(due_at=now)


def send_due(*, clock: Clock) -> int:
    """Compare due rows with the gradebook and send what changed; return how many were sent."""
    make_changed_due(now=clock())
    return sum(_send_one(row, clock) for row in lease_due(_rows(), BATCH, now=clock(), lease=LEASE))


def count_failing(platform: LearningPlatform) -> int:
    """Return how many grades this platform did not take the last time."""
    return LinkedGrade.objects.filter(account__platform=platform, tries__gt=0).count()


def _rows() -> QuerySet[LinkedGrade]:
    """Return the rows of Learners who are enrolled in the course that the link still opens."""
    enrolled = Enrolment.objects.filter(
        course=OuterRef("link__unit__course"), user=OuterRef("account__person"), role="learner"
    )
    rows = LinkedGrade.objects.filter(
        Exists(enrolled),
        account__platform__active=True,
        account__person__is_active=True,
        link__unit__scenario="graded",
        link__unit__course=F("link__within__course"),
    )
    return rows.select_related("account__person", "account__platform", "link__unit")


def _send_one(row: LinkedGrade, clock: Clock) -> bool:
    """Send the grade if it differs from what was sent; return whether it was sent."""
    began = clock()
    unit = row.link.unit
    grade = None if unit is None else load_grade(row.account.person, unit)
    percent = None if grade is None else grade.percent
    sent = SentGrade.objects.filter(account=row.account, link=row.link).first()
    if not row.link.line_item or (sent.percent if sent else None) == percent:
        _rest(row, began)
        return False
    try:
        _post(row, percent, clock)
    except (ServiceFailed, KeyDestroyed) as error:
        _postpone(row, error, clock())
        return False
    _record(row, percent, began, clock())
    return True


def _post(row: LinkedGrade, percent: int | None, clock: Clock) -> None:
    """Send one score. Raises ServiceFailed, KeyDestroyed."""
    message = write_score(subject_of(row.account), percent, now=clock())
    token = fetch_token(row.account.platform, [SCORE_SCOPE], now=clock())
    headers = {"Authorization": f"Bearer {token}", "Content-Type": MEDIA_TYPE}
    call(scores_address(row.link.line_item), message, headers)


@transaction.atomic
def _record(row: LinkedGrade, percent: int | None, began: datetime, now: datetime) -> None:
    """Store what was sent, unless the person was erased meanwhile."""
    if not LinkedGrade.objects.select_for_update().filter(pk=row.pk).exists():
        return
    values = {"percent": percent, "sent_at": now}
    SentGrade.objects.update_or_create(account=row.account, link=row.link, defaults=values)
    _rest(row, began)


def _rest(row: LinkedGrade, began: datetime) -> None:
    LinkedGrade.objects.filter(pk=row.pk).update(
        checked_at=began, due_at=began + CHECKED_EVERY, tries=0
    )


def _postpone(row: LinkedGrade, error: Exception, now: datetime) -> None:
    why = getattr(error, "why", type(error).__name__)
    logger.warning("lti.grade_failed", extra={"platform": str(row.account.platform_id), "why": why})
    doubled: int = 2 ** min(row.tries, 12)
    pause = min(FIRST_PAUSE * doubled, LONGEST_PAUSE)
    LinkedGrade.objects.filter(pk=row.pk, tries__lt=MOST_TRIES).update(
        due_at=now + pause, tries=F("tries") + 1
    )
