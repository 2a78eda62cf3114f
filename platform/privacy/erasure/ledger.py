"""Erasures as the keystore remembers them, against those that the database knows (I-12).

A database that was restored from a backup has people and Grants again that were taken back since;
the ledger stands with the keys, outside of every backup of the database.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from accounts.models import User
from consent.models import Grant
from privacy.models import Erasure
from vault import keystore
from vault.keystore import LedgerEntry

# Enough to see any restored backup: the erasures it does not know are the newest of the ledger.
NEWEST: Final = 200
ALL: Final = -1


def note(erasure: Erasure) -> None:
    """Before the keys go: from here on no restored backup can make this undone."""
    off = Grant.objects.filter(learner__code=erasure.subject_code(), live=False, epoch__gt=0)
    entry = LedgerEntry(
        erasure=erasure.id,
        ref=keystore.ledger_ref(erasure.subject_code()),
        scopes=None if erasure.scopes is None else tuple(erasure.scopes),
        epochs=dict(off.values_list("scope", "epoch")) if erasure.scopes is not None else {},
        cause=erasure.cause,
        at=erasure.asked_at,
    )
    keystore.record_erasure(entry)


def outstanding(limit: int = ALL) -> list[tuple[LedgerEntry, UUID]]:
    """What was erased and stands in this database again: the entry, and whom it is about."""
    entries = keystore.load_erasures(limit)
    ids = [entry.erasure for entry in entries]
    known = set(Erasure.objects.filter(id__in=ids).values_list("id", flat=True))
    unknown = [entry for entry in entries if entry.erasure not in known]
    if not unknown:
        return []
    people = {
        keystore.ledger_ref(code): code for code in User.objects.values_list("code", flat=True)
    }
    return [(entry, people[entry.ref]) for entry in unknown if entry.ref in people]
