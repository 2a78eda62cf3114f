"""What tests about second factors start from: a person with an app, and the app."""

from __future__ import annotations

from datetime import datetime

import pyotp

from accounts import factors


def with_factor(person, *, now: datetime) -> list[str]:
    """Set up an app for this person; answers the recovery codes."""
    factors.begin(person, now=now)
    codes = factors.confirm(person, pyotp.TOTP(factors.begun(person, now=now)).at(now), now=now)
    assert codes is not None
    return codes


def app_of(person) -> pyotp.TOTP:
    """The app on this person's telephone."""
    from accounts.models import SecondFactor

    return pyotp.TOTP(factors._secret(SecondFactor.objects.get(user=person), person))
