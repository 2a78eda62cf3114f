"""Single-use values, stored as keyed digests for a day."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.keyed_hash import keyed_digest
from accounts.models import SpentToken


def spend(purpose: str, text: str, *, now: datetime) -> bool:
    """Mark a value as used; return False if it was used before."""
    try:
        with transaction.atomic():
            SpentToken.objects.create(digest=_digest(purpose, text), used_at=now)
    except IntegrityError:
        return False
    return True


def is_spent(purpose: str, text: str) -> bool:
    return SpentToken.objects.filter(digest=_digest(purpose, text)).exists()


def _digest(purpose: str, text: str) -> str:
    return keyed_digest(f"spent-{purpose}", text)
