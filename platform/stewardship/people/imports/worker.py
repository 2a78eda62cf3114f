"""Doing what runs wait for: reading, importing, undoing, and ending what is too old.

A worker that was killed leaves its run due; another worker continues it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from pipeline import leases
from stewardship.people.imports.changes import apply, undo
from stewardship.people.imports.encryption import destroy_key
from stewardship.people.imports.lease import LEASE, NoSteward, NotOurs, keep
from stewardship.people.imports.models import ALONE, ImportRow, ImportRun, break_off
from stewardship.people.imports.preview import builder

logger = logging.getLogger(__name__)
AGAIN: Final = timedelta(seconds=15)
MOST_TRIES: Final = 5
Clock = Callable[[], datetime]


def work_off(*, now: Clock) -> int:
    """Do everything that is due, one run after the other; return how many there were."""
    end_old(now())
    done = 0
    while (run := leases.take_lease(ImportRun.objects.all(), now=now(), lease=LEASE)) is not None:
        _work(run, now)
        done += 1
    return done


def end_old(now: datetime) -> int:
    """Request the end of previews without an import, and of runs older than their undo."""
    old = ImportRun.objects.filter(ends_at__lte=now)
    old = old.filter(state__in=("reading", "ready", "failed", "done", "undone"))
    return old.update(state="ending", due_at=now, tries=0, tries_before=0)


def _work(run: ImportRun, now: Clock) -> None:
    """Do what is due; what fails is tried again a few times. No error may name a person."""
    try:
        _try(run, now)
    except NotOurs:
        logger.info("people_import.not_ours")
    except Exception as error:  # noqa: BLE001 - whatever a row makes of it
        logger.error("people_import.waits", extra={"error": type(error).__name__})
        owed = ImportRun.objects.filter(pk=run.pk, state=run.state, tries=run.tries)
        owed.update(due_at=now() + AGAIN)


def _try(run: ImportRun, now: Clock) -> None:
    if run.tries - run.tries_before > MOST_TRIES and run.state != "ending":
        give_up(run, now())
        return
    try:
        WORK[run.state](run, now)
    except NoSteward:
        # No later try finds one, and until this run ends no other can begin.
        logger.info("people_import.no_steward")
        give_up(run, now(), "gone")


@transaction.atomic
def give_up(run: ImportRun, now: datetime, stopped: str = "failed") -> None:
    """End what takes several workers with it; the end of its data alone is never given up."""
    if run.state in ALONE:
        keep(run, now, **break_off(run.state, now, stopped))
        return
    keep(run, now, state="failed", due_at=None, tries=0, tries_before=0, file_sealed=None)
    ImportRow.objects.filter(run=run).delete()


def end(run: ImportRun, now: Clock) -> None:
    """Destroy the key of a run, then delete its rows; the counts stay."""
    destroy_key(run)
    with transaction.atomic():
        keep(run, now(), state="ended", due_at=None, head_sealed=None, file_sealed=None)
        ImportRow.objects.filter(run=run).delete()


WORK: Final[Mapping[str, Callable[[ImportRun, Clock], None]]] = {
    "reading": builder.read,
    "importing": apply.apply,
    "undoing": undo.undo,
    "ending": end,
}
