"""Process due runs: read, import, undo, and end old ones.

A worker that was killed leaves its run due, so another worker continues it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from stewardship.people.imports.changes import apply, undo
from stewardship.people.imports.encryption import destroy_key
from stewardship.people.imports.lease import LEASE, NoSteward, RunTaken, store_progress
from stewardship.people.imports.models import EXCLUSIVE_STATES, ImportRow, ImportRun, end_early
from stewardship.people.imports.preview import builder
from work_queue.due_rows import take_lease

logger = logging.getLogger(__name__)
RETRY_AFTER: Final = timedelta(seconds=15)
MOST_TRIES: Final = 5
Clock = Callable[[], datetime]


def process_due(*, now: Clock) -> int:
    """Process every due run, one after another; return how many."""
    end_old(now())
    done = 0
    while (run := take_lease(ImportRun.objects.all(), now=now(), lease=LEASE)) is not None:
        _process(run, now)
        done += 1
    return done


def end_old(now: datetime) -> int:
    """Request the end of previews that were not imported, and of runs past their undo time."""
    old = ImportRun.objects.filter(ends_at__lte=now)
    old = old.filter(state__in=("reading", "ready", "failed", "done", "undone"))
    return old.update(state="ending", due_at=now, tries=0, tries_before=0)


def _process(run: ImportRun, now: Clock) -> None:
    """Process one run; retry a few times on errors. No logged error may name a person."""
    try:
        _process_or_give_up(run, now)
    except RunTaken:
        logger.info("people_import.not_ours")
    except Exception as error:  # noqa: BLE001 - any error of a row
        logger.error("people_import.waits", extra={"error": type(error).__name__})
        rows = ImportRun.objects.filter(pk=run.pk, state=run.state, tries=run.tries)
        rows.update(due_at=now() + RETRY_AFTER)


def _process_or_give_up(run: ImportRun, now: Clock) -> None:
    if run.tries - run.tries_before > MOST_TRIES and run.state != "ending":
        give_up(run, now())
        return
    try:
        STEPS[run.state](run, now)
    except NoSteward:
        # A retry would not find one either, and this run blocks all others until it ends.
        logger.info("people_import.no_steward")
        give_up(run, now(), "gone")


@transaction.atomic
def give_up(run: ImportRun, now: datetime, stopped: str = "failed") -> None:
    """End a run that failed repeatedly; only the deletion of its data is never given up."""
    if run.state in EXCLUSIVE_STATES:
        store_progress(run, now, **end_early(run.state, now, stopped))
        return
    store_progress(run, now, state="failed", due_at=None, tries=0, tries_before=0, file_sealed=None)
    ImportRow.objects.filter(run=run).delete()


def end_run(run: ImportRun, now: Clock) -> None:
    """Destroy the key of a run, then delete its rows; the counts remain."""
    destroy_key(run)
    with transaction.atomic():
        store_progress(run, now(), state="ended", due_at=None, head_sealed=None, file_sealed=None)
        ImportRow.objects.filter(run=run).delete()


STEPS: Final[Mapping[str, Callable[[ImportRun, Clock], None]]] = {
    "reading": builder.build_preview,
    "importing": apply.import_rows,
    "undoing": undo.undo_rows,
    "ending": end_run,
}
