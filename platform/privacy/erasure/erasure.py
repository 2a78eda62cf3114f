"""Forgetting: a withdrawal takes back scopes, an erasure the whole account; both only go forward.

① one transaction freezes the Grants, writes the Erasure and its Leaf, and tells the pages. ② the
keystore destroys the keys. ③ Holdings forget. Each step may run twice, so a killed one is simply
taken up again by the sweep (I-2, I-11). `privacy.erasure.erasure_completion` proves it afterwards.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, transaction

import audit
import data_inventory
from accounts.administration.person_changes import end_guardianships_for_erasure
from accounts.administration.person_records import lock_for_erasure
from accounts.people import lock_account
from consent.grants import grants
from privacy.erasure import claim_codes, derived_artefacts, ledger, steps
from privacy.erasure.steps import Counts, Tell
from privacy.models import Erasure
from vault import keystore
from vault.errors import KeystoreBusy

logger = logging.getLogger(__name__)
CLEARING = ("frozen", "shredded")
WAITS = (KeystoreBusy, DatabaseError)


def withdraw(
    subject: UUID,
    scopes: Sequence[str],
    *,
    now: datetime,
    verb: str = "withdraw",
    cause: str = "withdrawal",
    actor: UUID | None = None,
) -> Erasure:
    """Take back what was allowed under `scopes`, at once, with what was made from it.

    By the person, their Guardian (`actor`), or the site, where a yes ran out or is forbidden now.
    """
    by = actor or (subject if cause == "withdrawal" else None)
    id = uuid.uuid4()
    with transaction.atomic():
        frozen = grants.freeze(subject, scopes, now=now, verb=verb, actor=actor)
        Erasure.objects.create(
            id=id,
            subject=subject,
            scopes=sorted(grants.find_clearing(subject).intersection([*frozen, *scopes])),
            cause=cause,
            state="frozen",
            asked_at=now,
            frozen_at=now,
            counts={"grants": len(frozen)},
            subject_ref=claim_codes.ref(claim_codes.of_withdrawal(subject, id), subject),
        )
        audit.record("erasure.ask", actor=by, subject=subject, public={"erasure": id})
    return go_on(id, now=now)


def erase(
    subject: UUID,
    *,
    actor: UUID | None,
    cause: str,
    now: datetime,
    claim: str | None = None,
    tell: Tell | None = None,
) -> Erasure:
    """Forget a person: sessions end, keys go, every Holding forgets, the account goes last.

    Whoever asked is shown `claim` and it is kept nowhere. `tell` hears of each step once it is
    committed. Raises CannotChange for the last Steward.
    """
    erasure = begin(subject, actor=actor, cause=cause, now=now, claim=claim)
    if tell is not None:
        tell(erasure)
    return go_on(erasure.id, now=now, tell=tell)


@transaction.atomic
def begin(
    subject: UUID, *, actor: UUID | None, cause: str, now: datetime, claim: str | None = None
) -> Erasure:
    """Freeze the account and owe its erasure; `go_on` or the sweep does the rest.

    Raises CannotChange for the last Steward. What was begun is never refused later.
    """
    # Before the Grants, as the writer of Blocks locks them.
    lock_for_erasure(subject, by=actor)
    # First, as a leaf needs salts. `privacy.erasure.ledger_replay` skips this: the other side knows
    # already.
    closed = end_guardianships_for_erasure(subject, by=actor, now=now)
    closed |= close_account(subject, by=actor)
    frozen = grants.freeze(subject, grants.ALL, now=now)
    erasure = Erasure.objects.create(
        subject=subject,
        cause=cause,
        state="frozen",
        asked_at=now,
        frozen_at=now,
        counts={"grants": len(frozen), **closed},
        subject_ref=claim_codes.ref(claim, subject) if claim else None,
    )
    audit.record("erasure.ask", actor=actor, subject=subject, public={"erasure": erasure.id})
    return erasure


def close_account(subject: UUID, *, by: UUID | None) -> dict[str, int]:
    """Lock the account; return how many rows of each table went with it.

    The tables are rewritten later, like those from which a Holding forgets.
    """
    return {table: count for table, count in lock_account(subject, by=by).items() if count}


def advance(erasure_id: UUID, *, now: datetime, tell: Tell | None = None) -> Erasure:
    """Carry an Erasure through the steps that need no waiting, each in a transaction of its own."""
    clock = steps.running_from(now)
    erasure = Erasure.objects.get(id=erasure_id)
    while erasure.state in STEPS:
        if erasure.state in CLEARING:
            _remember(erasure_id)
        _, step = STEPS[erasure.state]
        erasure = steps.take(erasure_id, erasure.state, step, clock=clock, tell=tell)
    return erasure


def go_on(erasure_id: UUID, *, now: datetime, tell: Tell | None = None) -> Erasure:
    """As far as it goes now. What a busy keystore holds up is asked for all the same: the sweep
    does the rest, and whoever asked is told so far, with their claim."""
    try:
        return advance(erasure_id, now=now, tell=tell)
    except WAITS:
        logger.exception("erasure.waits")
        return Erasure.objects.get(id=erasure_id)


def go_on_with(ids: Sequence[UUID], *, now: datetime) -> None:
    """Carry several Erasures on. Their keys go by one rewriting of the keystore for all of them."""
    if not ids:
        return
    try:
        for erasure_id in ids:
            _remember(erasure_id)
        frozen = Erasure.objects.filter(id__in=ids, state="frozen")
        keystore.destroy_ids({key for erasure in frozen for key in erasure.destroyed()})
    except WAITS:
        logger.exception("erasure.waits")
    for erasure_id in ids:
        go_on(erasure_id, now=now)


def sweep(*, now: datetime) -> int:
    """Take up every Erasure that a killed process left behind; say how many."""
    left = Erasure.objects.filter(state__in=list(STEPS)).order_by("asked_at")
    ids = list(left.values_list("id", flat=True))
    for erasure_id in ids:
        try:
            advance(erasure_id, now=now)
        except WAITS as error:
            logger.exception("erasure.waits")
            if isinstance(error, KeystoreBusy):
                # It is one for all: the others would wait for it as long, and all chores with them.
                break
    return len(ids)


def _remember(erasure_id: UUID) -> None:
    """Committed before any key goes: which keys those are, and that they are to go."""
    with transaction.atomic():
        erasure = Erasure.objects.select_for_update().get(id=erasure_id)
        if erasure.state in CLEARING:
            _note_keys(erasure)
            erasure.save(update_fields=["key_ids"])
    if erasure.state == "frozen":
        ledger.note(erasure)


def _note_keys(erasure: Erasure) -> None:
    standing = [id.hex() for id in keystore.key_ids(erasure.subject_code(), _scopes(erasure))]
    erasure.key_ids = " ".join(sorted({*erasure.key_ids.split(), *standing}))


def _shred(erasure: Erasure) -> Counts:
    """Destroy the keys: from here on nothing taken can be read, wherever a copy may lie."""
    _note_keys(erasure)
    keystore.destroy(erasure.subject_code(), _scopes(erasure))
    return {"keys": len(erasure.destroyed())}


def _scopes(erasure: Erasure) -> Sequence[str] | keystore.All:
    return keystore.ALL if erasure.scopes is None else erasure.scopes


def _forget_rows(erasure: Erasure) -> Counts:
    forgotten: Counts = {}
    for holding in data_inventory.erase_order():
        count = holding.forget(erasure.subject_code(), erasure.scopes)
        if count:
            forgotten[holding.model._meta.db_table] = count
    # A writer that held its Permit while we froze may have made a key since: it goes, too.
    keys = _shred(erasure)
    grants.mark_cleared(erasure.subject_code(), _wholly_cleared(erasure))
    return {**forgotten, **keys}


def _wholly_cleared(erasure: Erasure) -> set[str]:
    """The scopes that no other Erasure, left behind by a killed process, has still to clear."""
    others = Erasure.objects.filter(subject=erasure.subject_code(), state__in=CLEARING)
    waiting = {name for other in others.exclude(id=erasure.id) for name in other.scopes or ()}
    return set(erasure.scopes or ()) - waiting


STEPS: dict[str, tuple[str, Callable[[Erasure], Counts]]] = {
    "frozen": ("shredded", _shred),
    "shredded": ("rows", _forget_rows),
    "rows": ("derived", derived_artefacts.flag),
}
