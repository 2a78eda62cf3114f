"""Permits for a person's own copy of their data (GDPR Articles 15 and 20; I-17).

Access to one's own data needs no consent, and no restriction blocks it: both bind the site, not the
person. The legal profile does block it: what it forbids is to be deleted and must not be read. Such
a Permit has an epoch that no Grant has, so nothing can be written or cut into Windows with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from accounts.models import User
from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import NO_PROFILE, LegalProfile
from consent.permits.errors import Refused
from consent.permits.gate import PERMIT_LIFETIME, GateAnswers, Permit
from consent.scopes import split

NO_EPOCH = -1


def permits_for_own_copy(subject: UUID, scopes: Iterable[str], *, now: datetime) -> GateAnswers:
    """Return for each scope `<stream>:adapt` a Permit to read one's own data, or a refusal."""
    alive = User.objects.filter(code=subject, is_active=True).exists()
    profile = profiles.current(now=now)
    granted: dict[str, Permit] = {}
    refused: dict[str, Refused] = {}
    for name in scopes:
        try:
            if not alive:
                raise Refused("account_gone")
            _require_lawful(name, profile)
            granted[name] = Permit(subject, name, NO_EPOCH, now + PERMIT_LIFETIME)
        except Refused as refusal:
            refused[name] = refusal
    return GateAnswers(granted, refused)


def _require_lawful(name: str, profile: LegalProfile | None) -> None:
    stream, _ = split(name)
    if profile is None:
        if stream.biometric:
            raise Refused("no_profile", NO_PROFILE)
    elif not profile.allows(name):
        raise Refused("blocked_profile", profile.reason(name).text)
