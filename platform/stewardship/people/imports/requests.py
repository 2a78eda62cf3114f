"""A Steward's actions on an import: upload, order of dates, start, stop, undo, discard."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

import audit
import pipeline
from accounts.models import User
from accounts.site import site_facts
from stewardship.people.imports.encryption import seal_of_run
from stewardship.people.imports.files.csv_table import (
    LARGEST_FILE,
    UnreadableFile,
    describe_large_file,
)
from stewardship.people.imports.files.oneroster.reader import read_upload
from stewardship.people.imports.models import (
    EXCLUSIVE_STATES,
    IMPORTED_KINDS,
    ORDERS,
    UNDO_FOR,
    ImportRun,
    end_early,
)

TASK: Final = "stewardship.tasks.import_people_due"
PREVIEW_FOR: Final = timedelta(hours=24)
LONGEST_NAME: Final = 120
BUSY: Final = lazy("Another import is running. Wait until it has finished, then start this one.")


class CannotImport(ValueError):
    """The action is refused; the text says why."""


def upload(
    sent: UploadedFile[Any] | None, *, band: str, role: str, by: User, now: datetime
) -> ImportRun:
    """Store a file for its preview. Raises UnreadableFile."""
    if sent is None or not sent.size:
        raise UnreadableFile(_("Select a file."))
    if sent.size > LARGEST_FILE:
        raise describe_large_file()
    table = read_upload(sent.read(), site_facts.site_day(now))
    run = ImportRun(steward=by.code, band=band, role=role, sent_at=now, due_at=now)
    run.ends_at, run.total = now + PREVIEW_FOR, len(table.rows)
    head = {
        "name": Path(str(sent)).name[-LONGEST_NAME:],
        "columns": list(table.columns),
        "headings": list(table.headings),
        "left_out": list(table.left_out),
    }
    run.head_sealed = seal_of_run(run, "head_sealed", head, now=now)
    run.file_sealed = seal_of_run(run, "file_sealed", table.as_json(), now=now)
    with transaction.atomic():
        run.save()
        record_act("upload", run, by, run.total)
        transaction.on_commit(wake_worker)
    return run


def wake_worker() -> None:
    pipeline.wake(TASK, queue="slow")


@transaction.atomic
def choose_order(id: UUID, order: str, *, by: User, now: datetime) -> None:
    """Read the file again, with day or month first. Raises CannotImport."""
    run = lock_run(id, "ready")
    if order not in ORDERS[1:]:
        raise CannotImport(_("Select the order of day and month."))
    record_act("order", run, by, run.total)
    queue_work(run, "reading", now, date_order=order, done=0)


@transaction.atomic
def start(id: UUID, *, invites: bool, by: User, now: datetime) -> None:
    """Import what the preview showed; only one import runs at a time. Raises CannotImport.

    With `invites`, each new person with an email gets a link to set up their account.
    """
    run = lock_run(id, "ready")
    if run.ends_at <= now:
        raise CannotImport(_("This preview is older than 24 hours. Upload the file again."))
    total = run.rows.filter(kind__in=IMPORTED_KINDS).count()
    if not total:
        raise CannotImport(_("The import would not add or update anyone."))
    record_act("start", run, by, total)
    began = {"steward": by.code, "began_at": now, "ends_at": now + UNDO_FOR}
    _queue_exclusive(run, "importing", now, done=0, total=total, invites=invites, **began)


@transaction.atomic
def stop(id: UUID, *, by: User, now: datetime) -> None:
    """Stop after the current batch; rows already imported or undone stay so."""
    run = lock_run(id, *EXCLUSIVE_STATES)
    record_act("stop", run, by, run.done)
    for name, value in end_early(run.state, now, "steward").items():
        setattr(run, name, value)
    run.save()


@transaction.atomic
def undo(id: UUID, *, by: User, now: datetime) -> None:
    """Undo an import that is at most seven days old. Raises CannotImport."""
    run = lock_run(id, "done")
    if run.ends_at <= now:
        raise CannotImport(_("This import is older than 7 days and can no longer be undone."))
    total = run.rows.filter(state="done").count()
    record_act("undo", run, by, total)
    _queue_exclusive(run, "undoing", now, steward=by.code, stopped="", done=0, total=total)


@transaction.atomic
def discard(id: UUID, *, by: User, now: datetime) -> None:
    """Delete a preview with its file."""
    run = lock_run(id, "reading", "ready", "failed")
    record_act("discard", run, by, run.total)
    queue_work(run, "ending", now, ends_at=now)


@transaction.atomic
def record_download(run: ImportRun, *, by: User) -> None:
    """Record that a Steward downloads the rows with errors."""
    record_act("errors", run, by, run.tally.get("error", 0))


def record_act(act: str, run: ImportRun, by: User, rows: int) -> None:
    public = {"act": act, "run": run.id, "rows": rows}
    audit.record("people.import", actor=by.code, subject=None, public=public)


def lock_run(id: UUID, *states: str) -> ImportRun:
    """Lock a run that is in one of these states, if any are given. Raises CannotImport."""
    run = get_object_or_404(ImportRun.objects.select_for_update(), pk=id)
    if states and run.state not in states:
        raise CannotImport(_("This import was changed in the meantime. Reload the page."))
    return run


def _queue_exclusive(run: ImportRun, state: str, now: datetime, **values: Any) -> None:
    """Queue an import or undo. Raises CannotImport if another run is active."""
    try:
        with transaction.atomic():
            queue_work(run, state, now, **values)
    except IntegrityError as error:
        raise CannotImport(BUSY) from error


def queue_work(run: ImportRun, state: str, now: datetime, **values: Any) -> None:
    queued = {"state": state, "due_at": now, "tries": 0, "tries_before": 0, **values}
    for name, value in queued.items():
        setattr(run, name, value)
    run.save()
    transaction.on_commit(wake_worker)
