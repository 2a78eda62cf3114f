"""Mails about consents: a Guardian is asked, and what a person allowed ends soon.

Both are asked for here and looked at again when they are sent. What cannot be found out then, such
as a legal profile that cannot be read, ends the mail.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, F, OuterRef, QuerySet

from accounts.mail import queue
from accounts.models import PendingMail, User
from consent.grants.grant_expiry import REMIND, find_shared
from consent.legal_profiles import profiles
from consent.legal_profiles.profile_parser import ProfileError
from consent.models import Grant
from consent.notices.notices import newer
from consent.permits.errors import Refused
from consent.permits.gate import offered

# A mail covers all that ends within REMIND, so a second one does not follow it in days.
BEFORE: Final = timedelta(days=10)
DAY: Final = timedelta(days=1)
MOST_A_DAY: Final = 3


def ask_guardians(ward: User, *, now: datetime) -> int:
    """Ask for a mail to each Guardian whose yes is waited for; return their number."""
    if not queue.has_server() or not _find_waiting(now).filter(learner=ward).exists():
        return 0
    guardians = User.objects.filter(
        queue.CAN_BE_MAILED, wardships__ward=ward, roles__contains=["guardian"]
    ).distinct()
    asked = [each for each in guardians.order_by("pk") if _may_be_asked(each, now)]
    queue.queue_mails(asked, "guardian_asked", now=now)
    return len(asked)


def find_question(guardian: User, *, now: datetime) -> list[str] | None:
    """Return whether a person in their care still waits: an empty list, else None."""
    if not guardian.has_role("guardian"):
        return None
    try:
        waiting = _find_waiting(now).filter(learner__guardianships__guardian=guardian)
        return [] if waiting.exists() else None
    except ProfileError:
        return None


def ask_due(now: datetime) -> int:
    """Ask for the mails about what ends soon; return their number."""
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
    """Return whether something ends soon that they may allow again: an empty list, else None."""
    rows = _find_ending(now, REMIND).filter(learner=person)
    try:
        profile = profiles.current(now=now)
    except ProfileError:
        return None
    for name in rows.values_list("scope", flat=True):
        try:
            offered(person.age_band, name, profile)
        except Refused:
            continue
        return []
    return None


def _find_waiting(now: datetime) -> QuerySet[Grant]:
    """Return what a person wants, and their Guardian has said nothing about."""
    rows = Grant.objects.filter(
        find_shared(now),
        live=False,
        assent_at__isnull=False,
        guardian_at=None,
        expires_at__gt=now,
        learner__is_active=True,
    )
    return _without_outdated(rows, now)


def _find_ending(now: datetime, within: timedelta) -> QuerySet[Grant]:
    """Return what is on and ends within this time."""
    rows = Grant.objects.filter(live=True, expires_at__gt=now, expires_at__lte=now + within)
    return _without_outdated(rows, now)


def _without_outdated(rows: QuerySet[Grant], now: datetime) -> QuerySet[Grant]:
    """Leave out what was allowed under an older text, or at another age."""
    return rows.annotate(replaced=newer(now)).filter(
        replaced=False, notice__age_band=F("learner__age_band")
    )


def _may_be_asked(guardian: User, now: datetime) -> bool:
    """Return whether no such mail waits, and few were made today: a ward can ask again and again."""
    mails = PendingMail.objects.filter(person=guardian, kind="guardian_asked")
    today = mails.filter(made_at__gt=now - DAY)
    return not mails.filter(state="waiting").exists() and today.count() < MOST_A_DAY
