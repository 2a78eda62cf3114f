"""Leaves of withdrawals and erasures that were asked for while no salt could be read.

Neither may wait for a key service (ADR 0093). Their acts are recorded in their own transaction; the
leaves follow once the keystore is back, with the moment of the act as `since`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit.leaves import format_public, make_leaf, warm_refs
from audit.models import DelayedLeaf, Leaf
from vault import site_keys


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
def write_delayed(about: UUID | None = None) -> int:
    """Write the leaves that wait, or those that name this person, in the order of their acts.

    Return how many. Raises KeystoreBusy: none is written then. It waits for another process that
    does the same: its caller may destroy salts next.
    """
    waiting = DelayedLeaf.objects.select_for_update().order_by("at", "id")
    if about is not None:
        waiting = waiting.filter(Q(actor=about) | Q(subject=about))
    rows = list(waiting)
    if not rows:
        return 0
    known = _find_known({code for row in rows for code in (row.actor, row.subject) if code})
    Leaf.objects.bulk_create(_make_leaf(row, known) for row in rows)
    DelayedLeaf.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _find_known(people: set[UUID]) -> set[UUID]:
    """Return those with a salt, and read it.

    Someone whose keys were destroyed meanwhile gets no new one: their leaf names no one.
    """
    known = {code for code in people if site_keys.has_salt(code)}
    warm_refs(known)
    return known


def _make_leaf(row: DelayedLeaf, known: set[UUID]) -> Leaf:
    public = dict(part.split("=", 1) for part in row.public.split())
    return make_leaf(
        row.id,
        row.verb,
        actor=row.actor if row.actor in known else None,
        subject=row.subject if row.subject in known else None,
        public={**public, "since": row.at},
        private={},
        at=timezone.now(),
    )
