"""Leaves of withdrawals made while no salt could be read: written once the keystore is back.

A withdrawal must not wait for a key service (ADR 0093). Its acts are recorded in its own
transaction; the leaf follows, with the moment of the act as `since`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Min

from audit.leaves import format_public, make_leaf
from audit.models import DelayedLeaf


def delay(
    verb: str,
    *,
    actor: UUID | None,
    subject: UUID | None,
    public: Mapping[str, object],
    at: datetime,
) -> None:
    """Record an act without its leaf, in the transaction of the act."""
    DelayedLeaf.objects.create(
        verb=verb, actor=actor, subject=subject, public=format_public(public), at=at
    )


@transaction.atomic
def write_delayed(*, now: datetime) -> int:
    """Write the leaves that wait; return how many. Raises KeystoreBusy: none is written then.

    It waits for another process that does the same: its caller may destroy salts next.
    """
    rows = list(DelayedLeaf.objects.select_for_update().order_by("at", "id"))
    for row in rows:
        public = dict(part.split("=", 1) for part in row.public.split())
        make_leaf(
            row.id,
            row.verb,
            actor=row.actor,
            subject=row.subject,
            public={**public, "since": row.at},
            private={},
            at=now,
        ).save(force_insert=True)
        row.delete()
    return len(rows)


def find_oldest() -> datetime | None:
    """Return when the oldest act happened that waits for its leaf."""
    oldest: datetime | None = DelayedLeaf.objects.aggregate(oldest=Min("at"))["oldest"]
    return oldest
