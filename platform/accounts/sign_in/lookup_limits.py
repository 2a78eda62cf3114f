"""Daily limits on unknown usernames that one person may try, and on invitations they may send.

A person who enrols others learns of each name whether an account has it. The limit makes guessing
from lists impractical. Counted under digests that no other table shares (I-21).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts.keyed_hash import keyed_digest
from accounts.models import User
from accounts.sign_in.models import SignInThrottle

MAX_MISSES, MISSES_WHEN_REFUSED = 60, 10
MAX_INVITATIONS = 300
DAY = timedelta(days=1)


@transaction.atomic
def count_misses(person: User, misses: int, *, now: datetime) -> bool:
    """Add unknown names to today's count; return False if that exceeds the daily limit.

    The caller must then not reveal which names are unknown. A refused request counts as a few, so
    that one wrong file does not use up the day.
    """
    row = _lock_count(person, "enrolling", now)
    fits = row.count + misses <= MAX_MISSES
    row.count = min(row.count + (misses if fits else MISSES_WHEN_REFUSED), MAX_MISSES)
    row.save(update_fields=["count", "until", "forgotten_at"])
    return fits


@transaction.atomic
def count_invitations(person: User, number: int, *, now: datetime) -> bool:
    """Add e-mail invitations to today's count; False, and none may be sent, above the limit."""
    row = _lock_count(person, "inviting", now)
    fits = row.count + number <= MAX_INVITATIONS
    row.count += number if fits else 0
    row.save(update_fields=["count", "until", "forgotten_at"])
    return fits


def _lock_count(person: User, page: str, now: datetime) -> SignInThrottle:
    """Return the locked count of what this person did on this page today."""
    row, _made = SignInThrottle.objects.select_for_update().get_or_create(
        login_digest=keyed_digest("lookup-person", str(person.code)),
        network_digest=keyed_digest("lookup-page", page),
        defaults={"count": 0, "until": now + DAY, "forgotten_at": now + DAY},
    )
    if row.forgotten_at <= now:
        row.count, row.until, row.forgotten_at = 0, now + DAY, now + DAY
    return row
