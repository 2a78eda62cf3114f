"""Deletion of consent records: only with the whole account, never as part of a withdrawal.

The site can only append events. The owner's function `consent_forget_events` is the one way to
delete them, and it refuses while the account is active.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.apps import apps
from django.db import connection


def forget_grants(subject: UUID, scopes: Collection[str] | None) -> int:
    """Delete the person's Grants; none for a withdrawal, as epochs must never be reused."""
    if scopes is not None:
        return 0
    grants = apps.get_model("consent", "Grant").objects.filter(learner__code=subject)
    return int(grants.delete()[0])


def forget_events(subject: UUID, scopes: Collection[str] | None) -> int:
    if scopes is not None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT consent_forget_events(%s)", [subject])
        return int(cursor.fetchone()[0])
