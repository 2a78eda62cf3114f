"""The keystore's ledger of erasures, compared with those the database knows (I-12).

A database restored from a backup contains people and Grants that were erased since. The ledger is
stored with the keys, outside every backup of the database.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from accounts.models import User
from consent.models import Grant
from privacy.models import Erasure
from vault import site_keys
from vault.erasure_ledger import LedgerEntry
from vault.keystore import open_keystore

# Enough to detect a restored backup, which lacks the newest erasures of the ledger.
NEWEST: Final = 200
ALL: Final = -1


def note_erasure(erasure: Erasure) -> None:
    """Record an Erasure before its keys are destroyed, so that a restored backup cannot undo it."""
    off = Grant.objects.filter(learner__code=erasure.subject_code(), live=False, epoch__gt=0)
    entry = LedgerEntry(
        erasure=erasure.id,
        ref=site_keys.ledger_ref(erasure.subject_code()),
        scopes=None if erasure.scopes is None else tuple(erasure.scopes),
        epochs=dict(off.values_list("scope", "epoch")) if erasure.scopes is not None else {},
        cause=erasure.cause,
        at=erasure.asked_at,
    )
    open_keystore().record_erasure(entry)


def copy_here() -> None:
    """Copy what other hosts recorded into this host's file, so that one host's file has all."""
    store = open_keystore()
    if store.in_database():
        store.load_erasures(ALL)


def outstanding(limit: int = ALL) -> list[tuple[LedgerEntry, UUID]]:
    """Return ledger entries that this database must repeat, each with the person's code."""
    entries = open_keystore().load_erasures(limit)
    ids = [entry.erasure for entry in entries]
    known = set(Erasure.objects.filter(id__in=ids).values_list("id", flat=True))
    unknown = [entry for entry in entries if entry.erasure not in known]
    if not unknown:
        return []
    people = {
        site_keys.ledger_ref(code): code for code in User.objects.values_list("code", flat=True)
    }
    return [(entry, people[entry.ref]) for entry in unknown if entry.ref in people]
