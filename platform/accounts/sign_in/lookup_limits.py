"""How many log-in names that nobody has one person may try in a day, and whom they may invite.

Who puts people into a course learns of each name whether somebody has it; with this, lists of
guessed names do not get far. Counted under digests that no other table shares (I-21).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts.keyed_hash import keyed
from accounts.models import User
from accounts.sign_in.models import SignInThrottle

MOST, REFUSED = 60, 10
MOST_INVITATIONS = 300
DAY = timedelta(days=1)


@transaction.atomic
def take(person: User, misses: int, *, now: datetime) -> bool:
    """Count so many unknown names. False where they go past a day's: then nothing may be told of
    any, and it counts as some, so that one wrong file does not use up the day."""
    row = _lock_count(person, "enrolling", now)
    fits = row.count + misses <= MOST
    row.count = min(row.count + (misses if fits else REFUSED), MOST)
    row.save(update_fields=["count", "until", "forgotten_at"])
    return fits


@transaction.atomic
def take_invitations(person: User, number: int, *, now: datetime) -> bool:
    """Count so many invitations by e-mail. False where they go past a day's: then none is sent."""
    row = _lock_count(person, "inviting", now)
    fits = row.count + number <= MOST_INVITATIONS
    row.count += number if fits else 0
    row.save(update_fields=["count", "until", "forgotten_at"])
    return fits


def _lock_count(person: User, page: str, now: datetime) -> SignInThrottle:
    """Return what this person did today on this page, locked."""
    row, _made = SignInThrottle.objects.select_for_update().get_or_create(
        login_digest=keyed("lookup-person", str(person.code)),
        network_digest=keyed("lookup-page", page),
        defaults={"count": 0, "until": now + DAY, "forgotten_at": now + DAY},
    )
    if row.forgotten_at <= now:
        row.count, row.until, row.forgotten_at = 0, now + DAY, now + DAY
    return row
