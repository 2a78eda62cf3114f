"""The slow end of an Erasure: the keystore renewed, everything searched, the certificate signed.

Erasures of the same minute share one rotation of the keystore. Nothing here is skipped: one that
does not verify waits where it is, and `/health/ready` says so (I-10, I-15, I-30).
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
from privacy.erasure import certificates, postgres_files, residual_data, steps
from privacy.erasure.byte_search import Search, search
from privacy.erasure.steps import Act, Clock, Tell
from privacy.models import Erasure
from vault import keystore

logger = logging.getLogger(__name__)
SHARED: Final = timedelta(seconds=60)
AGAIN: Final = timedelta(minutes=10)
GIVEN_UP: Final = timedelta(hours=24)


def finish(*, clock: Clock, wait: timedelta = SHARED, tell: Tell | None = None) -> int:
    """Carry every Erasure on as far as it goes; say how many were moved. No open transaction."""
    moved = rotate(clock=clock, wait=wait, tell=tell)
    moved += verify(clock=clock, tell=tell)
    moved += certify(clock=clock, tell=tell)
    search_again(clock=clock)
    clear_subjects(clock=clock)
    return moved


def rotate(*, clock: Clock, wait: timedelta, tell: Tell | None = None) -> int:
    """One new generation for all that wait, once the first of them has waited long enough."""
    waiting = list(Erasure.objects.filter(state="derived").order_by("derived_at"))
    if not waiting or waiting[0].derived_at is None or waiting[0].derived_at > clock() - wait:
        return 0
    before = keystore.generation()
    keys = keystore.rewrap(since=before)
    number = keystore.generation()
    with transaction.atomic():
        public = {"generation": number, "keys": keys}
        audit.record("keys.rewrap", actor=None, subject=None, public=public)
    return _all(waiting, functools.partial(_rotated, number), clock, tell)


def verify(*, clock: Clock, tell: Tell | None = None) -> int:
    """Search for what is left of those whose keys are gone for good."""
    waiting = [row for row in Erasure.objects.filter(state="rotated") if _nothing_left(row)]
    if not waiting:
        return 0
    needles = _needles(waiting)
    in_keystore = search(needles, keystore.folder())
    if in_keystore.hits:
        logger.error("erasure.key_in_keystore: %d", len(in_keystore.hits))
        waiting = [row for row in waiting if in_keystore.found.isdisjoint(row.destroyed())]
    found = postgres_files.clear(needles, _emptied(waiting)) if needles else Search()
    return _all(waiting, functools.partial(_verified, in_keystore, found, clock), clock, tell)


def certify(*, clock: Clock, tell: Tell | None = None) -> int:
    waiting = Erasure.objects.filter(state="verified")
    return _all(waiting, functools.partial(_certified, clock), clock, tell)


def search_again(*, clock: Clock) -> None:
    """Bytes that were still there the last time; those that went get a certificate that says so."""
    now = clock()
    left = Erasure.objects.filter(
        state="certified", disk="left", searched_at__lt=now - AGAIN, asked_at__gt=now - GIVEN_UP
    )
    waiting = list(left)
    if not waiting:
        return
    needles = _needles(waiting)
    in_keystore = search(needles, keystore.folder())
    found = postgres_files.clear(needles, _emptied(waiting))
    for row in waiting:
        with transaction.atomic():
            erasure = Erasure.objects.select_for_update().get(id=row.id)
            _verified(in_keystore, found, clock, erasure)
            if erasure.disk == "gone":
                _certified(clock, erasure)
            erasure.save()


def clear_subjects(*, clock: Clock) -> None:
    """Take out the code of each person who is gone, once no step and no search is left to do.

    Their own withdrawals named them too; those of a person who is here keep the code.
    """
    rows = Erasure.objects.filter(state="certified", subject__isnull=False)
    rows = rows.exclude(disk="left", asked_at__gt=clock() - GIVEN_UP)
    cleared = rows.exclude(subject__in=User.objects.values("code")).update(subject=None)
    if cleared:
        postgres_files.clear((), {Erasure._meta.db_table})


def _all(waiting: Iterable[Erasure], act: Act, clock: Clock, tell: Tell | None) -> int:
    rows = list(waiting)
    for row in rows:
        steps.take(row.id, row.state, act, clock=clock, tell=tell)
    return len(rows)


def _nothing_left(erasure: Erasure) -> bool:
    left = residual_data.left(erasure)
    if left:
        logger.error("erasure.not_verified: %s %s", erasure.id, left)
    return not left


def _needles(erasures: Iterable[Erasure]) -> frozenset[bytes]:
    return frozenset(id for erasure in erasures for id in erasure.destroyed())


def _emptied(erasures: Iterable[Erasure]) -> frozenset[str]:
    """The tables from which whole rows of a person went."""
    return frozenset(name for e in erasures if e.scopes is None for name in e.counts)


def _rotated(number: int, erasure: Erasure) -> dict[str, int]:
    erasure.generation = number
    return {}


def _verified(
    in_keystore: Search, found: Search | None, clock: Clock, erasure: Erasure
) -> dict[str, int]:
    """What the search saw of this one; no database directory within reach is not the same as 0."""
    mine = frozenset(erasure.destroyed())
    both = in_keystore if found is None else in_keystore + found
    erasure.searched_at = clock()
    erasure.searched_files, erasure.searched_bytes = both.files, both.size
    erasure.search_digest, erasure.needles = both.digest, len(mine)
    erasure.found = len(both.found & mine)
    erasure.disk = "elsewhere" if found is None else "left" if erasure.found else "gone"
    if erasure.disk == "gone" and erasure.bytes_gone_at is None:
        erasure.bytes_gone_at = erasure.searched_at
    return {}


def _certified(clock: Clock, erasure: Erasure) -> dict[str, int]:
    at = clock()
    # The time in the certificate is the time in the row, also in a later one.
    erasure.certified_at = erasure.certified_at or at
    erasure.certificate = certificates.issue(erasure, at)
    public = {"erasure": erasure.id, "certificate": certificates.digest(erasure.certificate)}
    audit.record("erasure.done", actor=None, subject=None, public=public)
    return {}
