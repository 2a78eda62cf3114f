"""Mails about requests: to Stewards before one is due, and to the person once it is answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max, Q, QuerySet

from accounts.mail import queue
from accounts.models import PendingMail, User
from privacy.subject_requests.requests import ASKED, PrivacyRequest, open_requests

# A mail covers every request that is due within COVERED, so a second one does not follow at once.
BEFORE: Final = timedelta(days=6)
COVERED: Final = timedelta(days=7)
# As long as the row of a mail is kept, which shows that a late request was covered.
LATE: Final = timedelta(days=7)
ANSWERED_LATELY: Final = timedelta(days=7)


def ask_due(now: datetime) -> int:
    """Queue a mail to each Steward who may answer a request that is due soon. Returns how many."""
    due = list(_find_answerable().filter(due_at__gt=now - LATE, due_at__lte=now + BEFORE))
    if not queue.has_server() or not due:
        return 0
    stewards = User.objects.filter(queue.CAN_BE_MAILED, roles__contains=["steward"])
    asked = [each for each in stewards.order_by("pk") if _is_uncovered(each, due)]
    queue.queue_mails(asked, "request_due", now=now)
    return len(asked)


def find_open(steward: User, *, now: datetime) -> list[str] | None:
    """Return [] if a request still waits for this Steward, else None."""
    own = Q(person=steward) | Q(by=steward)
    due = _find_answerable().filter(due_at__lte=now + COVERED).exclude(own)
    return [] if steward.has_role("steward") and due.exists() else None


def ask_answered(request: PrivacyRequest, *, now: datetime) -> None:
    """Queue a mail to the requester; a Guardian's request is on no page of theirs."""
    if request.by_id == request.person_id:
        queue.queue_mail(request.person, "request_answered", now=now)


def find_answer(person: User, *, now: datetime) -> list[str] | None:
    """Return [] if there is an answer the person can read, else None."""
    answered = PrivacyRequest.objects.filter(
        person=person, by=person, kind__in=ASKED, decided_at__gt=now - ANSWERED_LATELY
    )
    return [] if answered.exists() else None


def _is_uncovered(steward: User, due: list[PrivacyRequest]) -> bool:
    mails = PendingMail.objects.filter(person=steward, kind="request_due")
    newest = mails.aggregate(at=Max("made_at"))["at"]
    return any(
        steward.pk not in (each.person_id, each.by_id)
        and (newest is None or newest < each.due_at - COVERED)
        for each in due
    )


def _find_answerable() -> QuerySet[PrivacyRequest]:
    return open_requests().filter(person__is_active=True)
