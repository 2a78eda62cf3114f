"""Erase personal data: a withdrawal erases scopes, an erasure the whole account.

① One transaction freezes the Grants, writes the Erasure and its Leaf, and notifies the pages. ② The
keystore destroys the keys. ③ The Holdings forget. Each of these steps only moves forward and may
run twice, so after a kill the sweep continues (I-2, I-11). `privacy.erasure.erasure_completion`
verifies it afterwards, and rotates the keystore again if a key was made late
(`destroy_late_keys`).
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, transaction

import audit
import data_inventory
from accounts.administration.person_changes import end_guardianships_for_erasure
from accounts.administration.person_records import lock_for_erasure
from accounts.people import lock_account
from audit import delayed_leaves
from consent.grants import grants
from privacy.erasure import claim_codes, derived_artefacts, ledger, steps
from privacy.erasure.steps import Counts, Tell
from privacy.models import Erasure
from vault import site_keys
from vault.errors import KeystoreBusy
from vault.keystore import ALL, All, open_keystore

logger = logging.getLogger(__name__)
CLEARING = ("frozen", "shredded")
RETRYABLE = (KeystoreBusy, DatabaseError)


def withdraw(
    subject: UUID,
    scopes: Sequence[str],
    *,
    now: datetime,
    verb: str = "withdraw",
    cause: str = "withdrawal",
    actor: UUID | None = None,
) -> Erasure:
    """End the Grants of `scopes` at once and erase what was taken and made under them.

    Called for the person, their Guardian (`actor`), or the site when a Grant expired or is
    forbidden. Without the keystore it is recorded all the same; the sweep does the rest.
    """
    by = actor or (subject if cause == "withdrawal" else None)
    id = uuid.uuid4()
    ref: bytes | None = None
    with transaction.atomic(), audit.allow_delay():
        frozen = grants.freeze(subject, scopes, now=now, verb=verb, actor=actor)
        with suppress(KeystoreBusy):
            ref = _withdrawal_ref(subject, id)
        Erasure.objects.create(
            id=id,
            subject=subject,
            scopes=sorted(grants.find_clearing(subject).intersection([*frozen, *scopes])),
            cause=cause,
            state="frozen",
            asked_at=now,
            frozen_at=now,
            counts={"grants": len(frozen)},
            subject_ref=ref,
        )
        audit.record("erasure.ask", actor=by, subject=subject, public={"erasure": id})
    return resume(id, now=now)


def erase(
    subject: UUID,
    *,
    actor: UUID | None,
    cause: str,
    now: datetime,
    claim: str | None = None,
    tell: Tell | None = None,
) -> Erasure:
    """Erase a person: sessions end, keys are destroyed, every Holding forgets, the account goes
    last.

    `claim` is shown to the requester and not stored. `tell` is called with each committed step.
    Raises CannotChange for the last Steward.
    """
    erasure = begin(subject, actor=actor, cause=cause, now=now, claim=claim)
    if tell is not None:
        tell(erasure)
    return resume(erasure.id, now=now, tell=tell)


@transaction.atomic
@audit.allow_delay()
def begin(
    subject: UUID, *, actor: UUID | None, cause: str, now: datetime, claim: str | None = None
) -> Erasure:
    """Freeze the account and record its erasure; `resume` or the sweep does the rest.

    Raises CannotChange for the last Steward. Once begun, it is never refused later. Without the
    keystore it is recorded all the same.
    """
    # Locked before the Grants, in the order of the writer of Blocks.
    lock_for_erasure(subject, by=actor)
    # Done first, because a leaf needs salts. `privacy.erasure.ledger_replay` skips it: the other
    # people were notified by the first run.
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
        subject_ref=claim_codes.subject_ref(claim, subject) if claim else None,
    )
    audit.record("erasure.ask", actor=actor, subject=subject, public={"erasure": erasure.id})
    return erasure


def close_account(subject: UUID, *, by: UUID | None) -> dict[str, int]:
    """Lock the account. Returns how many rows of each table were deleted with it.

    These tables are rewritten later, like those from which a Holding forgets.
    """
    return {table: count for table, count in lock_account(subject, by=by).items() if count}


def advance(erasure_id: UUID, *, now: datetime, tell: Tell | None = None) -> Erasure:
    """Take an Erasure through all steps that need no waiting, each in its own transaction."""
    clock = steps.clock_from(now)
    erasure = Erasure.objects.get(id=erasure_id)
    while erasure.state in STEPS:
        if erasure.state in CLEARING:
            _commit_keys(erasure_id)
        _, step = STEPS[erasure.state]
        erasure = steps.take_step(erasure_id, erasure.state, step, clock=clock, tell=tell)
    return erasure


def resume(erasure_id: UUID, *, now: datetime, tell: Tell | None = None) -> Erasure:
    """Continue an Erasure; if the keystore or database is busy, leave the rest to the sweep.

    The requester is then shown the state reached so far, with their claim code.
    """
    try:
        return advance(erasure_id, now=now, tell=tell)
    except RETRYABLE:
        logger.exception("erasure.waits")
        return Erasure.objects.get(id=erasure_id)


def resume_all(ids: Sequence[UUID], *, now: datetime) -> None:
    """Continue several Erasures; their keys are destroyed in one rewrite of the keystore."""
    if not ids:
        return
    try:
        for erasure_id in ids:
            _commit_keys(erasure_id)
        frozen = Erasure.objects.filter(id__in=ids, state="frozen")
        open_keystore().destroy_ids({key for erasure in frozen for key in erasure.destroyed()})
    except RETRYABLE:
        logger.exception("erasure.waits")
    for erasure_id in ids:
        resume(erasure_id, now=now)


def sweep(*, now: datetime) -> int:
    """Continue every Erasure that a killed process left unfinished. Returns how many."""
    left = Erasure.objects.filter(state__in=list(STEPS)).order_by("asked_at")
    ids = list(left.values_list("id", flat=True))
    for erasure_id in ids:
        try:
            advance(erasure_id, now=now)
        except RETRYABLE as error:
            logger.exception("erasure.waits")
            if isinstance(error, KeystoreBusy):
                # All Erasures share one keystore: each would wait as long, like all other chores.
                break
    return len(ids)


def _commit_keys(erasure_id: UUID) -> None:
    """Commit what needs the keys, their ids and the ledger entry before any key is destroyed."""
    delayed_leaves.write_delayed(Erasure.objects.get(id=erasure_id).subject)
    with transaction.atomic():
        erasure = Erasure.objects.select_for_update().get(id=erasure_id)
        if erasure.state in CLEARING:
            _note_keys(erasure)
            erasure.save(update_fields=["key_ids"])
            _fill_refs(erasure)
    if erasure.state == "frozen":
        ledger.note_erasure(erasure)


def _fill_refs(erasure: Erasure) -> None:
    """Name the person in withdrawals that were recorded while their salt could not be read.

    A whole erasure destroys the salt, so it fills those of the person's other rows. A salt made
    afterwards would be a new trace. Raises KeystoreBusy.
    """
    subject = erasure.subject_code()
    due = Erasure.objects.filter(scopes__isnull=False, subject_ref=None, state__in=CLEARING)
    mine = due.filter(subject=subject) if erasure.scopes is None else due.filter(id=erasure.id)
    for row in mine.select_for_update().order_by("id"):
        if site_keys.has_salt(subject):
            row.subject_ref = _withdrawal_ref(subject, row.id)
            row.save(update_fields=["subject_ref"])


def _withdrawal_ref(subject: UUID, erasure_id: UUID) -> bytes:
    """Return how the certificate will name the person. Raises KeystoreBusy."""
    return claim_codes.subject_ref(claim_codes.withdrawal_code(subject, erasure_id), subject)


def _note_keys(erasure: Erasure) -> None:
    standing = [
        id.hex() for id in open_keystore().key_ids(erasure.subject_code(), _scopes(erasure))
    ]
    erasure.key_ids = " ".join(sorted({*erasure.key_ids.split(), *standing}))


def _shred(erasure: Erasure) -> Counts:
    """Destroy the keys: from here on no copy of the data can be read."""
    _note_keys(erasure)
    open_keystore().destroy(erasure.subject_code(), _scopes(erasure))
    return {"keys": len(erasure.destroyed())}


def destroy_late_keys(erasure: Erasure) -> None:
    """Destroy keys that were made for an erased person since; their bytes go with a new rotation.

    A slow or frozen host can make one long after its Permit ended. The rows under it are refused.
    """
    if erasure.scopes is not None or not open_keystore().key_ids(erasure.subject_code()):
        return
    with transaction.atomic():
        row = Erasure.objects.select_for_update().get(id=erasure.id)
        _note_keys(row)
        row.counts = {**row.counts, "keys": len(row.destroyed())}
        if row.state != "certified":
            # The one step back: an earlier rotation did not remove these keys.
            row.state, row.rotated_at, row.verified_at = "derived", None, None
        row.save(update_fields=["key_ids", "counts", "state", "rotated_at", "verified_at"])
    open_keystore().destroy(row.subject_code(), ALL)


def _scopes(erasure: Erasure) -> Sequence[str] | All:
    return ALL if erasure.scopes is None else erasure.scopes


def _forget_rows(erasure: Erasure) -> Counts:
    forgotten: Counts = {}
    for holding in data_inventory.erase_order():
        count = holding.forget(erasure.subject_code(), erasure.scopes)
        if count:
            forgotten[holding.model._meta.db_table] = count
    # A writer with a Permit from before the freeze may have made a key since; destroy it too.
    keys = _shred(erasure)
    grants.mark_cleared(erasure.subject_code(), _wholly_cleared(erasure))
    return {**forgotten, **keys}


def _wholly_cleared(erasure: Erasure) -> set[str]:
    """Return the scopes that no other unfinished Erasure still has to clear."""
    others = Erasure.objects.filter(subject=erasure.subject_code(), state__in=CLEARING)
    waiting = {name for other in others.exclude(id=erasure.id) for name in other.scopes or ()}
    return set(erasure.scopes or ()) - waiting


STEPS: dict[str, tuple[str, Callable[[Erasure], Counts]]] = {
    "frozen": ("shredded", _shred),
    "shredded": ("rows", _forget_rows),
    "rows": ("derived", derived_artefacts.flag_predictors),
}
