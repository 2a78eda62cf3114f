"""Mails about consents: a Guardian is asked, and a consent expires soon.

They are queued here, and their reason is checked again when they are sent. If it cannot be checked
then, such as with an unreadable legal profile, no mail is sent.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, F, OuterRef, QuerySet

from accounts.mail import queue
from accounts.models import PendingMail, User
from consent.grants.grant_expiry import REMIND, needs_guardian_condition
from consent.legal_profiles import profiles
from consent.legal_profiles.profile_parser import ProfileError
from consent.models import Grant
from consent.notices.notices import has_newer
from consent.permits.errors import Refused
from consent.permits.gate import require_offered

# A mail covers everything that expires within REMIND, so no second one follows within days.
BEFORE: Final = timedelta(days=10)
DAY: Final = timedelta(days=1)
MOST_A_DAY: Final = 3


def queue_guardian_mails(ward: User, *, now: datetime) -> int:
    """Queue a mail to each Guardian whose consent is pending; return how many."""
    if not queue.has_server() or not _find_waiting(now).filter(learner=ward).exists():
        return 0
    guardians = User.objects.filter(
        queue.CAN_BE_MAILED, wardships__ward=ward, roles__contains=["guardian"]
    ).distinct()
    recipients = [each for each in guardians.order_by("pk") if _may_be_asked(each, now)]
    queue.queue_mails(recipients, "guardian_asked", now=now)
    return len(recipients)


def find_question(guardian: User, *, now: datetime) -> list[str] | None:
    """Return an empty list if a ward still waits for this Guardian, else None (no mail)."""
    if not guardian.has_role("guardian"):
        return None
    try:
        waiting = _find_waiting(now).filter(learner__guardianships__guardian=guardian)
        return [] if waiting.exists() else None
    except ProfileError:
        return None


def queue_due_mails(now: datetime) -> int:
    """Queue the mails about consents that expire soon; return how many."""
    if not queue.has_server():
        return 0
    covered = PendingMail.objects.filter(
        person=OuterRef("learner"),
        kind="consent_ends",
        made_at__gte=OuterRef("expires_at") - REMIND,
    )
    soon = _find_ending(now, BEFORE).filter(~Exists(covered))
    people = User.objects.filter(queue.CAN_BE_MAILED, pk__in=soon.values("learner"))
    mails = [
        PendingMail(person_id=pk, kind="consent_ends", made_at=now, due_at=now)
        for pk in people.order_by("pk").values_list("pk", flat=True)
    ]
    return len(PendingMail.objects.bulk_create(mails, batch_size=1000))


def find_end(person: User, *, now: datetime) -> list[str] | None:
    """Return an empty list if a consent expires soon and can be renewed, else None (no mail)."""
    rows = _find_ending(now, REMIND).filter(learner=person)
    try:
        profile = profiles.current(now=now)
    except ProfileError:
        return None
    for name in rows.values_list("scope", flat=True):
        try:
            require_offered(person.age_band, name, profile)
        except Refused:
            continue
        return []
    return None


def _find_waiting(now: datetime) -> QuerySet[Grant]:
    """Return Grants that a person wants and their Guardian has not decided on."""
    rows = Grant.objects.filter(
        needs_guardian_condition(now),
        live=False,
        assent_at__isnull=False,
        guardian_at=None,
        expires_at__gt=now,
        learner__is_active=True,
    )
    return _without_outdated(rows, now)


def _find_ending(now: datetime, within: timedelta) -> QuerySet[Grant]:
    """Return live Grants that expire within this time."""
    rows = Grant.objects.filter(live=True, expires_at__gt=now, expires_at__lte=now + within)
    return _without_outdated(rows, now)


def _without_outdated(rows: QuerySet[Grant], now: datetime) -> QuerySet[Grant]:
    """Exclude consents given under an older text or at another age."""
    return rows.annotate(replaced=has_newer(now)).filter(
        replaced=False, notice__age_band=F("learner__age_band")
    )


def _may_be_asked(guardian: User, now: datetime) -> bool:
    """Return whether no such mail waits and few were queued today: a ward can ask repeatedly."""
    mails = PendingMail.objects.filter(person=guardian, kind="guardian_asked")
    today = mails.filter(made_at__gt=now - DAY)
    return not mails.filter(state="waiting").exists() and today.count() < MOST_A_DAY
