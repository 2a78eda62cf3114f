"""One-time links by which a platform registers itself (LTI Dynamic Registration 1.0)."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.core import signing
from django.db import transaction

import audit
from accounts.models import User
from accounts.sign_in import single_use

VALID_FOR: Final = timedelta(hours=1)
SALT: Final = "lti.registration"


@transaction.atomic
def make_key(*, by: User) -> str:
    """Return a new key; its holder may register one platform within an hour."""
    audit.record("platform.link_make", actor=by.code, subject=None, public={})
    return signing.dumps(secrets.token_hex(16), salt=SALT)


def is_valid(key: str) -> bool:
    number = _read(key)
    return number is not None and not single_use.is_spent("lti-registration", number)


def spend(key: str, *, now: datetime) -> bool:
    """Use the key up; return False if it is not valid any more."""
    number = _read(key)
    return number is not None and single_use.spend("lti-registration", number, now=now)


def _read(key: str) -> str | None:
    try:
        return str(signing.loads(key, salt=SALT, max_age=VALID_FOR))
    except signing.BadSignature:
        return None
