"""The consents of the demo's child: one that both gave, and one that waits for the Guardian."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from consent.grants import grants
from consent.grants.guardian_consent import needs_two
from consent.legal_profiles import profiles
from consent.notices import notices
from consent.stream_groups import first_purpose, scopes_of

AGREED, WAITING = "hands", "camera"
# A waiting approval expires after 14 days, so this one stays open for most of them.
AGE = timedelta(days=1)


@transaction.atomic
def make_consents(child: User, guardian: User, *, now: datetime) -> None:
    """Record both consents, unless there are any; none where the profile asks no Guardian."""
    if child.consent_events.exists():
        return
    for group, people in ((AGREED, (child, guardian)), (WAITING, (child,))):
        for person in people:
            _agree(child, group, by=person, now=now - AGE)


def _agree(child: User, group: str, *, by: User, now: datetime) -> None:
    scopes = _find_shared_scopes(child, group, now)
    notice = notices.current(group, child.age_band, now=now)
    if scopes and notice is not None:
        grants.grant(child.code, scopes, notice=notice, now=now, actor=by.code)


def _find_shared_scopes(child: User, group: str, now: datetime) -> Sequence[str]:
    """Return what the group senses for the child's help and two people decide here."""
    law = profiles.current(now=now)
    if law is None:
        return ()
    return [
        name
        for name in scopes_of(group, first_purpose(group))
        if law.allows(name) and needs_two(law, child.age_band, name)
    ]
