"""Doing what runs wait for: reading, importing, undoing, and ending what is too old.

A worker that was killed leaves its run due; another worker continues it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from pipeline import leases
from stewardship.people.importing import applying, reading, undoing
from stewardship.people.importing.leasing import LEASE, NotOurs, keep
from stewardship.people.importing.model import ImportRow, ImportRun
from stewardship.people.importing.sealing import destroy_key

logger = logging.getLogger(__name__)
AGAIN: Final = timedelta(seconds=15)
MOST_TRIES: Final = 5
Clock = Callable[[], datetime]


def work_off(*, now: Clock) -> int:
    """Do everything that is due, one run after the other; return how many there were."""
    end_old(now())
    done = 0
    while (run := leases.take(ImportRun.objects.all(), now=now(), lease=LEASE)) is not None:
        _work(run, now)
        done += 1
    return done


def end_old(now: datetime) -> int:
    """Request the end of previews without an import, and of runs older than their undo."""
    old = ImportRun.objects.filter(ends_at__lte=now)
    old = old.filter(state__in=("reading", "ready", "failed", "done", "undone"))
    return old.update(state="ending", due_at=now, tries=0)


def _work(run: ImportRun, now: Clock) -> None:
    """Do what is due; what fails is tried again a few times. No error may name a person."""
    try:
        if run.tries > MOST_TRIES and run.state in GIVEN_UP:
            keep(run, now(), due_at=None, tries=0, **GIVEN_UP[run.state])
        else:
            WORK[run.state](run, now)
    except NotOurs:
        logger.info("people_import.not_ours")
    except Exception as error:  # noqa: BLE001 - whatever a row makes of it
        logger.error("people_import.waits", extra={"error": type(error).__name__})
        owed = ImportRun.objects.filter(pk=run.pk, state=run.state, tries=run.tries)
        owed.update(due_at=now() + AGAIN)


def end(run: ImportRun, now: Clock) -> None:
    """Destroy the key of a run, then delete its rows; the counts stay."""
    destroy_key(run)
    with transaction.atomic():
        keep(run, now(), state="ended", due_at=None, head_sealed=None, file_sealed=None)
        ImportRow.objects.filter(run=run).delete()


WORK: Final[Mapping[str, Callable[[ImportRun, Clock], None]]] = {
    "reading": reading.read,
    "importing": applying.apply,
    "undoing": undoing.undo,
    "ending": end,
}
# What becomes of a run that takes several workers with it; the end of its data is never given up.
GIVEN_UP: Final[Mapping[str, Mapping[str, Any]]] = {
    "reading": {"state": "failed"},
    "importing": {"state": "done", "stopped": "failed"},
    "undoing": {"state": "done", "stopped": "failed"},
}
