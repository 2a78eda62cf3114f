"""The slow steps of an Erasure: rotate the keystore, search the disk, sign the certificate.

Erasures of the same minute share one rotation. No step is skipped: an Erasure that cannot be
verified waits, and `/health/ready` reports it (I-10, I-15, I-30).
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.db import transaction

import audit
from accounts.models import User
from audit.models import DelayedLeaf
from privacy.erasure import certificates, ledger, postgres_files, residual_data, steps
from privacy.erasure.byte_search import Search, search
from privacy.erasure.erasure import destroy_late_keys
from privacy.erasure.steps import Act, Clock, Tell
from privacy.models import Erasure
from vault import keystore
from vault.keystore import open_keystore

logger = logging.getLogger(__name__)
SHARED: Final = timedelta(seconds=60)
AGAIN: Final = timedelta(minutes=10)
GIVEN_UP: Final = timedelta(hours=24)


def finish(*, clock: Clock, wait: timedelta = SHARED, tell: Tell | None = None) -> int:
    """Advance every Erasure until it has to wait. Returns the number of steps taken.

    Must run outside a transaction.
    """
    # Here also for those that a process without a lasting folder certifies.
    ledger.copy_here()
    moved = rotate(clock=clock, wait=wait, tell=tell)
    moved += verify(clock=clock, tell=tell)
    moved += certify(clock=clock, tell=tell)
    search_again(clock=clock)
    clear_subjects(clock=clock)
    return moved


def rotate(*, clock: Clock, wait: timedelta, tell: Tell | None = None) -> int:
    """Create one new keystore generation for all waiting Erasures, `wait` after the first."""
    for erasure in Erasure.objects.filter(state__in=("derived", "rotated")):
        destroy_late_keys(erasure)
    waiting = list(Erasure.objects.filter(state="derived").order_by("derived_at"))
    if not waiting or waiting[0].derived_at is None or waiting[0].derived_at > clock() - wait:
        return 0
    store = open_keystore()
    before = store.generation()
    # Read first: once it is destroyed, nothing says whether a service wrapped it.
    destroyed = store.name_master(before)
    keys, number = store.rewrap(since=before), store.generation()
    with transaction.atomic():
        public = {"generation": number, "keys": keys, "destroyed": destroyed}
        audit.record("keys.rewrap", actor=None, subject=None, public=public)
    return _take_all(waiting, functools.partial(_set_generation, number, destroyed), clock, tell)


def verify(*, clock: Clock, tell: Tell | None = None) -> int:
    """Search rows, keys and files for data of Erasures whose old keys are gone."""
    waiting = [row for row in Erasure.objects.filter(state="rotated") if _has_no_residue(row)]
    if not waiting:
        return 0
    needles = _needles(waiting)
    in_keystore = search(needles, keystore.folder())
    if in_keystore.hits:
        logger.error("erasure.key_in_keystore: %d", len(in_keystore.hits))
        waiting = [row for row in waiting if in_keystore.found.isdisjoint(row.destroyed())]
    found = postgres_files.clear_bytes(needles, _emptied_tables(waiting)) if needles else Search()
    return _take_all(
        waiting, functools.partial(_record_search, in_keystore, found, clock), clock, tell
    )


def certify(*, clock: Clock, tell: Tell | None = None) -> int:
    waiting = list(Erasure.objects.filter(state="verified"))
    if waiting:
        # After they are chosen: other hosts record and verify Erasures meanwhile.
        ledger.copy_here()
    return _take_all(waiting, functools.partial(_issue_certificate, clock), clock, tell)


def search_again(*, clock: Clock) -> None:
    """Search again for bytes that remained; issue a new certificate once they are gone."""
    now = clock()
    left = Erasure.objects.filter(
        state="certified", disk="left", searched_at__lt=now - AGAIN, asked_at__gt=now - GIVEN_UP
    )
    waiting = list(left)
    if not waiting:
        return
    needles = _needles(waiting)
    in_keystore = search(needles, keystore.folder())
    found = postgres_files.clear_bytes(needles, _emptied_tables(waiting))
    for row in waiting:
        with transaction.atomic():
            erasure = Erasure.objects.select_for_update().get(id=row.id)
            _record_search(in_keystore, found, clock, erasure)
            if erasure.disk == "gone":
                _issue_certificate(clock, erasure)
            erasure.save()


def clear_subjects(*, clock: Clock) -> None:
    """Delete the codes of erased people once no step or search is left.

    Their own withdrawals named them too; withdrawals of people with an account keep the code.
    """
    rows = Erasure.objects.filter(state="certified", subject__isnull=False)
    rows = rows.exclude(disk="left", asked_at__gt=clock() - GIVEN_UP)
    cleared = rows.exclude(subject__in=User.objects.values("code")).update(subject=None)
    if cleared:
        postgres_files.clear_bytes((), {Erasure._meta.db_table})


def _take_all(waiting: Iterable[Erasure], act: Act, clock: Clock, tell: Tell | None) -> int:
    rows = list(waiting)
    for row in rows:
        steps.take_step(row.id, row.state, act, clock=clock, tell=tell)
    return len(rows)


def _has_no_residue(erasure: Erasure) -> bool:
    left = residual_data.count_residue(erasure)
    if left:
        logger.error("erasure.not_verified: %s %s", erasure.id, left)
    return not left


def _needles(erasures: Iterable[Erasure]) -> frozenset[bytes]:
    return frozenset(id for erasure in erasures for id in erasure.destroyed())


def _emptied_tables(erasures: Iterable[Erasure]) -> frozenset[str]:
    """Return the tables from which whole rows of a person were deleted.

    A delayed leaf named them until it was written.
    """
    names = {name for e in erasures if e.scopes is None for name in e.counts}
    return frozenset(names | {DelayedLeaf._meta.db_table}) if names else frozenset()


def _set_generation(number: int, destroyed: str, erasure: Erasure) -> dict[str, int]:
    erasure.generation, erasure.master_key = number, destroyed
    return {}


def _record_search(
    in_keystore: Search, found: Search | None, clock: Clock, erasure: Erasure
) -> dict[str, int]:
    """Record the result of the search; files out of reach do not count as 0 hits.

    Heap, log and standby of a keystore's database are out of reach, too.
    """
    mine = frozenset(erasure.destroyed())
    both = in_keystore if found is None else in_keystore + found
    erasure.searched_at = clock()
    erasure.searched_files, erasure.searched_bytes = both.files, both.size
    erasure.search_digest, erasure.needles = both.digest, len(mine)
    erasure.found = len(both.found & mine)
    reached = found is not None and not open_keystore().in_database()
    if erasure.found and found is not None:
        erasure.disk = "left"
    else:
        erasure.disk = "gone" if reached else "elsewhere"
    if erasure.disk == "gone" and erasure.bytes_gone_at is None:
        erasure.bytes_gone_at = erasure.searched_at
    return {}


def _issue_certificate(clock: Clock, erasure: Erasure) -> dict[str, int]:
    at = clock()
    # A later certificate repeats the first time, so that it equals the row's.
    erasure.certified_at = erasure.certified_at or at
    erasure.certificate = certificates.issue(erasure, at)
    public = {"erasure": erasure.id, "certificate": certificates.digest(erasure.certificate)}
    audit.record("erasure.done", actor=None, subject=None, public=public)
    return {}
