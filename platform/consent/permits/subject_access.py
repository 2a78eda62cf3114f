"""Permits for a person's own copy of what is held about them (GDPR Articles 15 and 20; I-17).

To read one's own no yes is asked and no restriction stands in the way: they bind us, not the
person. The law of the place does: what the profile blocks is on its way out and read by nobody.
Such a Permit has an epoch that no Grant has, so nothing can be written or cut into Windows by it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from accounts.models import User
from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import NO_PROFILE, Profile
from consent.permits.errors import Refused
from consent.permits.gate import LIFE, Answers, Permit
from consent.scopes import split

NO_EPOCH = -1


def own_copy(subject: UUID, scopes: Iterable[str], *, now: datetime) -> Answers:
    """For each scope of `<stream>:adapt` a Permit to open what was taken under it, or why not."""
    alive = User.objects.filter(code=subject, is_active=True).exists()
    profile = profiles.current(now=now)
    granted: dict[str, Permit] = {}
    refused: dict[str, Refused] = {}
    for name in scopes:
        try:
            if not alive:
                raise Refused("account_gone")
            _lawful(name, profile)
            granted[name] = Permit(subject, name, NO_EPOCH, now + LIFE)
        except Refused as refusal:
            refused[name] = refusal
    return Answers(granted, refused)


def _lawful(name: str, profile: Profile | None) -> None:
    stream, _ = split(name)
    if profile is None:
        if stream.biometric:
            raise Refused("no_profile", NO_PROFILE)
    elif not profile.allows(name):
        raise Refused("blocked_profile", profile.reason(name).text)
