"""Repeat erasures on a restored database (I-12).

Each entry of the ledger becomes its Erasure again, under its own id, and takes the same steps. A
withdrawn Grant gets an epoch beyond all it ever had, so that nothing captured under any of them is
stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction

import audit
from accounts.models import User
from consent.grants import grants
from privacy.erasure import erasure, ledger
from privacy.models import Erasure
from vault.erasure_ledger import LedgerEntry


def replay(*, now: datetime) -> Iterator[Erasure]:
    """Repeat every erasure that this database does not know, in their original order."""
    for entry, subject in ledger.outstanding():
        if User.objects.filter(code=subject).exists():
            _freeze(entry, subject, now)
            yield erasure.advance(entry.erasure, now=now)


@transaction.atomic
def _freeze(entry: LedgerEntry, subject: UUID, now: datetime) -> None:
    whole = entry.scopes is None
    closed = erasure.close_account(subject, by=None) if whole else {}
    frozen = grants.freeze(subject, grants.ALL if whole else entry.epochs, now=now)
    grants.pass_epochs(subject, entry.epochs, now=now)
    Erasure.objects.create(
        id=entry.erasure,
        subject=subject,
        scopes=None if entry.scopes is None else list(entry.scopes),
        cause=entry.cause,
        state="frozen",
        asked_at=entry.at,
        frozen_at=now,
        counts={"grants": len(frozen), **closed},
    )
    audit.record("erasure.ask", actor=None, subject=None, public={"erasure": entry.erasure})
