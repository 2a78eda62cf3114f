"""Grades of graded tests, sent to the platform whose links opened them.

Each Learner and link has a row that falls due: soon after the gradebook changed, and at least once
an hour. The grade that was sent last is compared with the gradebook then, so a missed change is
sent late and not never.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import User
from courses.gradebook.grades import load_grade, waits_for_marks
from courses.models import AnswerMark, Attempt, Enrolment, GradeOverride, RegradedAttempt
from lti.launch.accounts import subject_of
from lti.launch.claims import SCORE_SCOPE
from lti.models import LearningPlatform, LinkedGrade, PlatformAccount, PlatformLink, SentGrade
from lti.services.access_tokens import call
from lti.services.platform_sweeps import Clock, PlatformSweep, SweepTokens
from lti.services.score_messages import MEDIA_TYPE, GradeState, scores_address, write_score
from privacy.models import Erasure

CHECKED_EVERY: Final = timedelta(hours=1)
# A transaction may commit a little later than the time that it stores.
OVERLAP: Final = timedelta(minutes=1)


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
    marks = AnswerMark.objects.filter(
        answer__attempt__learner=mine["learner"], answer__attempt__unit=mine["unit"]
    )
    changed = (
        Exists(attempts.filter(Q(handed_in_at__gt=since) | Q(reset_at__gt=since)))
        | Exists(overrides.filter(Q(made_at__gt=since) | Q(undone_at__gt=since)))
        | Exists(marks.filter(made_at__gt=since))
        | Exists(regrades.filter(Q(regrade__made_at__gt=since) | Q(regrade__undone_at__gt=since)))
    )
    # A row that another worker leases, or that waits after a failure, has another due time.
    resting = LinkedGrade.objects.filter(due_at=F("checked_at") + CHECKED_EVERY)
    return resting.filter(changed).update(due_at=now)


def send_due(*, clock: Clock) -> int:
    """Compare due rows with the gradebook and send what changed; return how many were sent."""
    make_changed_due(now=clock())
    return SWEEP.run(clock=clock)


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


def _send_one(row: LinkedGrade, tokens: SweepTokens, clock: Clock) -> bool:
    """Send the grade if it differs from what was sent; return whether it was sent."""
    began = clock()
    grade = _load_state(row)
    sent = SentGrade.objects.filter(account=row.account, link=row.link).first()
    before = GradeState(sent.percent, sent.waits) if sent else GradeState(None)
    if not row.link.line_item or before == grade:
        _rest(row, began)
        return False
    _post(row, grade, tokens, clock)
    _record(row, None if sent is None else sent.pk, grade, began, clock())
    return True


def _load_state(row: LinkedGrade) -> GradeState:
    """Return what the gradebook says about the test now."""
    unit, person = row.link.unit, row.account.person
    grade = None if unit is None else load_grade(person, unit)
    if grade is not None:
        return GradeState(grade.percent)
    return GradeState(None, waits=unit is not None and waits_for_marks(person, unit))


def _post(row: LinkedGrade, grade: GradeState, tokens: SweepTokens, clock: Clock) -> None:
    """Send one score. Raises ServiceFailed, KeyDestroyed."""
    message = write_score(subject_of(row.account), grade, now=clock())
    token = tokens.get(row.account.platform)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": MEDIA_TYPE}
    call(scores_address(row.link.line_item), message, headers)


@transaction.atomic
def _record(
    row: LinkedGrade, before: UUID | None, grade: GradeState, began: datetime, now: datetime
) -> None:
    """Store what was sent; `before`: the row of what was sent earlier.

    If the person removed the link meanwhile, the platform still has the grade. If they were erased
    meanwhile, nothing is stored about them.
    """
    account = PlatformAccount.objects.select_for_update().filter(pk=row.account.pk).first()
    if account is None and not _only_unlinked(row):
        return
    values = {
        "person": row.account.person,
        "account": account,
        "link": row.link,
        "percent": grade.percent,
        "waits": grade.waits,
        "sent_at": now,
    }
    SentGrade.objects.update_or_create(pk=before or uuid4(), defaults=values)
    _rest(row, began)


def _only_unlinked(row: LinkedGrade) -> bool:
    """Return whether the person is still here, and not being erased. It waits for an erasure."""
    person = row.account.person
    here = User.objects.select_for_update(no_key=True).filter(pk=person.pk).exists()
    erased = Erasure.objects.filter(subject=person.code).exclude(cause="withdrawal").exists()
    return here and not erased and PlatformLink.objects.filter(pk=row.link.pk).exists()


def _rest(row: LinkedGrade, began: datetime) -> None:
    LinkedGrade.objects.filter(pk=row.pk).update(
        checked_at=began, due_at=began + CHECKED_EVERY, tries=0
    )


SWEEP: Final = PlatformSweep(
    event="lti.grade_failed",
    scope=SCORE_SCOPE,
    rows=_rows,
    platform="account__platform",
    process=_send_one,
    batch=50,
    lease=timedelta(minutes=15),
    first_pause=timedelta(minutes=1),
)
