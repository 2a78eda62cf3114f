"""Forgetting consent records: only with the whole account, never to tidy up a withdrawal.

Events are append-only for the site. The owner's function `consent_forget_events` is the one way
out, and it refuses while the account is alive.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.apps import apps
from django.db import connection


def forget_grants(subject: UUID, scopes: Collection[str] | None) -> int:
    """A withdrawal leaves the frozen Grant, whose epoch must never be used again."""
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
