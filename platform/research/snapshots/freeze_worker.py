"""Working off the Snapshots that are owed: person by person, each in one transaction (I-1).

A person's Grants are held while their rows are read and written, so a withdrawal is wholly before
or wholly after; whom a killed worker had done is not done again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any, Final

from django.db import transaction
from django.db.models import Q

import audit
from accounts.models import User
from consent.permits import gate
from consent.permits.errors import Refused
from consent.permits.gate import Permit
from consent.permits.trigger_errors import lock_live_grants, refuse_without_grant
from consent.scopes import STREAMS
from pipeline import leases
from research.datasets import dataset_import, dataset_snapshot
from research.models import Snapshot, SnapshotRow, Study
from research.snapshots import learner_windows, sealed_rows, snapshot_counts, snapshot_requests
from research.snapshots.models import COUNTED
from research.studies import pseudonyms as study_codes
from vault.errors import KeyDestroyed

logger = logging.getLogger(__name__)
LEASE: Final = timedelta(minutes=5)
MOST_TRIES: Final = 3
AT_ONCE: Final = 200


def work_off(*, now: Callable[[], datetime]) -> int:
    """Freeze everything that is owed, one after the other; how many that were."""
    done = 0
    while (row := _claim(now())) is not None:
        _answer(row, now)
        done += 1
    return done


def _claim(now: datetime) -> Snapshot | None:
    owed = Snapshot.objects.select_related("study", "course")
    return leases.take(owed, now=now, lease=LEASE, done=0)


def _answer(row: Snapshot, now: Callable[[], datetime]) -> None:
    """Where it fails, or has taken several workers with it, the Researcher is told."""
    if row.tries > MOST_TRIES:
        _store(row, state="failed")
        return
    try:
        found = dataset_snapshot.frozen(row, now=now()) if row.public else _frozen(row, now)
    except Exception:
        logger.exception("snapshot.failed")
        found = {"state": "failed"}
    _store(row, **found)


def _store(row: Snapshot, **found: Any) -> None:
    if found["state"] == "failed":
        SnapshotRow.objects.filter(snapshot=row).delete()
        dataset_import.clear(row)
    Snapshot.objects.filter(pk=row.pk, due_at__isnull=False).update(due_at=None, **found)


def _frozen(row: Snapshot, now: Callable[[], datetime]) -> Mapping[str, Any]:
    people = _people(row, now())
    for done, person in enumerate(people, 1):
        try:
            take(row, person, now=now())
        except (Refused, KeyDestroyed):
            logger.info("snapshot.passed_over")
        owed = Snapshot.objects.filter(pk=row.pk, due_at__isnull=False)
        owed.update(of=len(people), done=done, due_at=now() + LEASE)
    at = now()
    # Who took it back before it was counted never was in it.
    Snapshot.objects.filter(pk=row.pk, shrunk_at__lt=at).update(shrunk_at=None)
    counts = snapshot_counts.standing(row, now=at)
    if not counts.windows:
        return {"state": "none"}
    kept = {name: getattr(counts, name) for name in COUNTED}
    return {"state": "frozen", "frozen_at": at, "digest": snapshot_counts.digest(row), **kept}


def _people(row: Snapshot, now: datetime) -> list[User]:
    """In an order that tells nothing, since new ones are numbered in it."""
    codes = study_codes.of(row.study)
    found = snapshot_requests.willing(row.course, row.streams, now=now)  # type: ignore[arg-type]  # the table
    return sorted(found, key=lambda person: codes.lot(person.code))


@transaction.atomic
def take(row: Snapshot, person: User, *, now: datetime) -> int:
    """Keep what this person lets research read; how many rows. Raises Refused, KeyDestroyed."""
    if SnapshotRow.objects.filter(snapshot=row, learner=person).exists():
        return 0
    # Of all Streams, because experts may have looked at others for a label.
    scopes = snapshot_requests.scopes_of(STREAMS)
    lock_live_grants([person.pk], scopes)
    permits = gate.permits(person.code, scopes, now=now).granted
    found = learner_windows.of(row, person, permits)
    first = next(found, None)
    if first is None:
        return 0
    codes = study_codes.of(row.study)
    code = study_codes.told(_number(row.study, person, permits))
    count = _keep(
        sealed_rows.made(row, piece.of_person(code), permits, codes, now=now)
        for piece in chain([first], found)
    )
    public = {"snapshot": row.id, "rows": count}
    audit.record("snapshot.make", actor=None, subject=person.code, public=public)
    return count


def _keep(rows: Iterator[SnapshotRow]) -> int:
    """Some at a time, so that hours of somebody never stand whole in memory."""
    count = 0
    with refuse_without_grant():
        while some := list(islice(rows, AT_ONCE)):
            SnapshotRow.objects.bulk_create(some)
            count += len(some)
    return count


def _number(study: Study, person: User, permits: Mapping[str, Permit]) -> int:
    """The person's number in this study: as in an earlier Snapshot, as long as one of their rows
    there may be read, else the next."""
    counter = Study.objects.select_for_update().get(pk=study.pk)
    before = SnapshotRow.objects.filter(snapshot__study=study, learner=person)
    known = before.filter(_any_of(permits)).select_related("learner")
    for row in known.order_by("-made_at")[:20]:
        try:
            return int(sealed_rows.read(row, permits)["person"][1:])
        except (Refused, KeyDestroyed):
            continue
    counter.people += 1
    counter.save(update_fields=["people"])
    return counter.people


def _any_of(permits: Mapping[str, Permit]) -> Q:
    found = Q(pk__in=[])
    for scope, permit in permits.items():
        found |= Q(scopes=[scope], epochs=[permit.epoch])
    return found
