"""The worker for pending Snapshots: person by person, each in one transaction (I-1).

A person's Grants are locked while their rows are read and written, so a withdrawal comes wholly
before or wholly after. People finished by a killed worker are not repeated.
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
from courses.media.stored_file import StoreUnavailable
from research.datasets import dataset_import, dataset_snapshot
from research.models import Snapshot, SnapshotRow, Study
from research.snapshots import learner_windows, sealed_rows, snapshot_counts, snapshot_requests
from research.snapshots.models import COUNTED
from research.studies import pseudonyms as study_codes
from vault.errors import KeyDestroyed, KeystoreBusy
from work_queue.due_rows import take_lease

logger = logging.getLogger(__name__)
LEASE: Final = timedelta(minutes=5)
MAX_TRIES: Final = 3
BATCH: Final = 200


def process_due(*, now: Callable[[], datetime]) -> int:
    """Freeze every pending Snapshot, one after the other; return how many."""
    done = 0
    while (row := _claim(now())) is not None:
        _process(row, now)
        done += 1
    return done


def _claim(now: datetime) -> Snapshot | None:
    pending = Snapshot.objects.select_related("study", "course")
    return take_lease(pending, now=now, lease=LEASE, done=0)


def _process(row: Snapshot, now: Callable[[], datetime]) -> None:
    """Freeze one; one that fails, or has killed several workers, is marked as failed."""
    if row.tries > MAX_TRIES:
        _store(row, state="failed")
        return
    try:
        found = dataset_snapshot.freeze(row, now=now()) if row.public else _freeze(row, now)
    except (StoreUnavailable, KeystoreBusy):
        # The row is due again when its lease ends, as often as it takes.
        logger.warning("snapshot.postponed")
        Snapshot.objects.filter(pk=row.pk, tries=row.tries).update(tries=row.tries - 1)
        return
    except Exception:
        logger.exception("snapshot.failed")
        found = {"state": "failed"}
    _store(row, **found)


def _store(row: Snapshot, **found: Any) -> None:
    if found["state"] == "failed":
        SnapshotRow.objects.filter(snapshot=row).delete()
    Snapshot.objects.filter(pk=row.pk, due_at__isnull=False).update(due_at=None, **found)
    if found["state"] == "failed" and row.public:
        dataset_import.delete_archive(row)


def _freeze(row: Snapshot, now: Callable[[], datetime]) -> Mapping[str, Any]:
    people = _find_people(row, now())
    for done, person in enumerate(people, 1):
        try:
            take_learner(row, person, now=now())
        except (Refused, KeyDestroyed):
            logger.info("snapshot.passed_over")
        pending = Snapshot.objects.filter(pk=row.pk, due_at__isnull=False)
        pending.update(of=len(people), done=done, due_at=now() + LEASE)
    at = now()
    # People who withdrew before the count never were in it.
    Snapshot.objects.filter(pk=row.pk, shrunk_at__lt=at).update(shrunk_at=None)
    counts = snapshot_counts.count_readable(row, now=at)
    if not counts.windows:
        return {"state": "none"}
    totals = {name: getattr(counts, name) for name in COUNTED}
    return {
        "state": "frozen",
        "frozen_at": at,
        "digest": snapshot_counts.digest_rows(row),
        **totals,
    }


def _find_people(row: Snapshot, now: datetime) -> list[User]:
    """Return the people in an order that reveals nothing, since new ones are numbered in it."""
    codes = study_codes.codes_of(row.study)
    found = snapshot_requests.find_willing(row.course, row.streams, now=now)  # type: ignore[arg-type]  # the table
    return sorted(found, key=lambda person: codes.lot(person.code))


@transaction.atomic
def take_learner(row: Snapshot, person: User, *, now: datetime) -> int:
    """Store what this person allows research to read; return how many rows.

    Raises Refused, KeyDestroyed.
    """
    if SnapshotRow.objects.filter(snapshot=row, learner=person).exists():
        return 0
    # All Streams, because experts may have viewed others for a label.
    scopes = snapshot_requests.scopes_of(STREAMS)
    lock_live_grants([person.pk], scopes)
    permits = gate.permits(person.code, scopes, now=now).granted
    found = learner_windows.select_windows(row, person, permits)
    first = next(found, None)
    if first is None:
        return 0
    codes = study_codes.codes_of(row.study)
    code = study_codes.format_number(_participant_number(row.study, person, permits))
    count = _store_rows(
        sealed_rows.build_row(row, piece.for_person(code), permits, codes, now=now)
        for piece in chain([first], found)
    )
    public = {"snapshot": row.id, "rows": count}
    audit.record("snapshot.make", actor=None, subject=person.code, public=public)
    return count


def _store_rows(rows: Iterator[SnapshotRow]) -> int:
    """Store rows in batches, so that hours of one person are never all in memory."""
    count = 0
    with refuse_without_grant():
        while some := list(islice(rows, BATCH)):
            SnapshotRow.objects.bulk_create(some)
            count += len(some)
    return count


def _participant_number(study: Study, person: User, permits: Mapping[str, Permit]) -> int:
    """Return the person's number in this study.

    It is that of an earlier Snapshot if one of their rows there may be read, else the next.
    """
    counter = Study.objects.select_for_update().get(pk=study.pk)
    before = SnapshotRow.objects.filter(snapshot__study=study, learner=person)
    known = before.filter(_match_permits(permits)).select_related("learner")
    for row in known.order_by("-made_at")[:20]:
        try:
            return int(sealed_rows.read(row, permits)["person"][1:])
        except (Refused, KeyDestroyed):
            continue
    counter.people += 1
    counter.save(update_fields=["people"])
    return counter.people


def _match_permits(permits: Mapping[str, Permit]) -> Q:
    found = Q(pk__in=[])
    for scope, permit in permits.items():
        found |= Q(scopes=[scope], epochs=[permit.epoch])
    return found
