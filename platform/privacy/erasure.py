"""Forgetting: a withdrawal takes back scopes, an erasure the whole account; both only go forward.

① one transaction freezes the Grants, writes the Erasure and its Leaf, and tells the pages. ② the
keystore destroys the keys. ③ Holdings forget. Each step may run twice, so a killed one is simply
taken up again by the sweep (I-2, I-11).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, transaction

import audit
import holdings
from accounts.models import User
from consent import grants
from privacy.models import Erasure
from vault import keystore
from vault.errors import KeystoreBusy

logger = logging.getLogger(__name__)
Counts = dict[str, int]
Tell = Callable[[Erasure], None]


def withdraw(subject: UUID, scopes: Sequence[str], *, now: datetime) -> Erasure:
    """Take back what was allowed under `scopes`, at once, with what was made from it."""
    with transaction.atomic():
        frozen = grants.freeze(subject, scopes, now=now)
        erasure = Erasure.objects.create(
            subject=subject,
            scopes=sorted(grants.clearing(subject).intersection([*frozen, *scopes])),
            cause="withdrawal",
            state="frozen",
            asked_at=now,
            frozen_at=now,
            counts={"grants": len(frozen)},
        )
        audit.record("erasure.ask", actor=subject, subject=subject, public={"erasure": erasure.id})
    return advance(erasure.id, now=now)


def erase(
    subject: UUID, *, actor: UUID | None, cause: str, now: datetime, tell: Tell | None = None
) -> Erasure:
    """Forget a person: sessions end, keys go, every Holding forgets, the account goes last.

    `tell` hears of each step once it is committed.
    """
    with transaction.atomic():
        frozen = grants.freeze(subject, grants.ALL, now=now)
        User.objects.filter(code=subject).update(is_active=False)
        erasure = Erasure.objects.create(
            subject=subject,
            cause=cause,
            state="frozen",
            asked_at=now,
            frozen_at=now,
            counts={"grants": len(frozen)},
        )
        audit.record("erasure.ask", actor=actor, subject=subject, public={"erasure": erasure.id})
    if tell is not None:
        tell(erasure)
    return advance(erasure.id, now=now, tell=tell)


def advance(erasure_id: UUID, *, now: datetime, tell: Tell | None = None) -> Erasure:
    """Carry an Erasure through the steps it still owes, each in a transaction of its own."""
    while True:
        with transaction.atomic():
            erasure = Erasure.objects.select_for_update().get(id=erasure_id)
            if erasure.state not in STEPS:
                return erasure
            following, step = STEPS[erasure.state]
            _move(erasure, following, step(erasure), now)
        if tell is not None:
            tell(erasure)


def sweep(*, now: datetime) -> int:
    """Take up every Erasure that a killed process left behind; say how many."""
    left = Erasure.objects.filter(state__in=list(STEPS)).order_by("asked_at")
    ids = list(left.values_list("id", flat=True))
    for erasure_id in ids:
        try:
            advance(erasure_id, now=now)
        except (KeystoreBusy, DatabaseError):
            logger.exception("erasure.waits")
    return len(ids)


def _move(erasure: Erasure, state: str, counts: Counts, now: datetime) -> None:
    erasure.state = state
    erasure.counts = {**erasure.counts, **counts}
    setattr(erasure, f"{state}_at", now)
    erasure.save(update_fields=["state", "counts", f"{state}_at"])
    audit.record("erasure.step", actor=None, subject=None, public={"erasure": erasure.id, **counts})


def _shred(erasure: Erasure) -> Counts:
    """Destroy the keys: from here on nothing taken can be read, wherever a copy may lie."""
    scopes = keystore.ALL if erasure.scopes is None else erasure.scopes
    return {"keys": keystore.destroy(erasure.subject, scopes)}


def _forget_rows(erasure: Erasure) -> Counts:
    forgotten: Counts = {}
    for holding in holdings.erase_order():
        count = holding.forget(erasure.subject, erasure.scopes)
        if count:
            forgotten[holding.model._meta.db_table] = count
    # A writer that held its Permit while we froze may have made a key since: it goes, too.
    _shred(erasure)
    grants.cleared(erasure.subject, _wholly_cleared(erasure))
    return forgotten


def _wholly_cleared(erasure: Erasure) -> set[str]:
    """The scopes that no other Erasure, left behind by a killed process, has still to clear."""
    others = Erasure.objects.filter(subject=erasure.subject, state__in=list(STEPS))
    waiting = {name for other in others.exclude(id=erasure.id) for name in other.scopes or ()}
    return set(erasure.scopes or ()) - waiting


STEPS: dict[str, tuple[str, Callable[[Erasure], Counts]]] = {
    "frozen": ("shredded", _shred),
    "shredded": ("rows", _forget_rows),
}
