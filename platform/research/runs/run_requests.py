"""Starting and cancelling a Run: a page only queues it, or takes it out of the queue."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_noop as noop

import audit
import pipeline
from accounts.models import User
from audit.leaves import person_ref
from emotion.models.registry import RECIPES, RecipeMeta
from research.models import Snapshot
from research.runs.models import PENDING, TABLES, Run
from research.studies import study_setup

TASK: Final = "research.tasks.train_due"
MAX_PENDING: Final = 4
OWN_PEOPLE: Final = noop("This recipe trains on simulated people. Choose simulated people.")
FROM_OTHERS: Final = noop(
    "This recipe trains on a public data set. Import one under Snapshots, then choose it."
)
FROM_HERE: Final = noop(
    "This recipe trains on self-reports. Choose a snapshot of a course, or simulated people."
)
NOT_YOURS: Final = noop(
    "The study has ended, or you have not signed its statement, so no model can be "
    "trained on it now."
)
NO_WINDOWS: Final = noop("The tables need a snapshot of a course, or simulated people.")
BUSY: Final = noop(
    "Four training runs are already waiting. Cancel one, or wait until one has finished."
)


class NotStarted(ValueError):
    """It cannot be started like this; the text, in the source language, says why."""


@transaction.atomic
def start(recipe: str, snapshot: Snapshot | None, by: User, *, now: datetime) -> Run:
    """Queue a training, on simulated people if there is no snapshot. Raises NotStarted."""
    if recipe not in RECIPES:
        raise ValueError(f"expected a recipe of {tuple(RECIPES)}, got {recipe!r}")
    _check_data(RECIPES[recipe], snapshot, by, now)
    return _queue(Run(recipe=recipe, snapshot=snapshot), by, now)


@transaction.atomic
def start_tables(
    paper: int,
    extent: str,
    snapshot: Snapshot | None,
    by: User,
    *,
    now: datetime,
    data_folder: str = "",
) -> Run:
    """Queue the tables of one paper, on simulated people if no data are given.

    Raises NotStarted.
    """
    if snapshot is not None and snapshot.public:
        raise NotStarted(NO_WINDOWS)
    _check_snapshot(snapshot, by, now)
    run = Run(recipe=TABLES, paper=paper, extent=extent, snapshot=snapshot, data_folder=data_folder)
    return _queue(run, by, now)


def _queue(run: Run, by: User, now: datetime) -> Run:
    """Store a Run as waiting, with its leaf, and wake the worker. Raises NotStarted."""
    if Run.objects.filter(state__in=PENDING).count() >= MAX_PENDING:
        raise NotStarted(BUSY)
    run.simulated = run.snapshot is None and not run.data_folder
    run.asked_by = person_ref(by.code)
    run.asked_at = run.due_at = now
    run.save(force_insert=True)
    data = run.snapshot_id or run.data_folder or "simulated"
    public = {"run": run.id, "recipe": run.recipe, "data": data}
    audit.record("run.start", actor=by.code, subject=None, public=public)
    transaction.on_commit(lambda: pipeline.wake(TASK, queue="slow"))
    return run


def _check_data(meta: RecipeMeta, snapshot: Snapshot | None, by: User, now: datetime) -> None:
    """Check that the recipe may train on this snapshot, or on none. Raises NotStarted."""
    if meta.public_data != bool(snapshot and snapshot.public):
        wrong = FROM_HERE if meta.train_on_data else OWN_PEOPLE
        raise NotStarted(FROM_OTHERS if meta.public_data else wrong)
    if snapshot is not None and not meta.train_on_data:
        raise NotStarted(OWN_PEOPLE)
    _check_snapshot(snapshot, by, now)


def _check_snapshot(snapshot: Snapshot | None, by: User, now: datetime) -> None:
    """Check that this Researcher may use the snapshot now. Raises NotStarted."""
    if snapshot is None:
        return
    if snapshot.state != "frozen" or not study_setup.may_take(snapshot.study, by, now=now):
        raise NotStarted(NOT_YOURS)


@transaction.atomic
def cancel(run: Run, by: User, *, now: datetime) -> None:
    """Cancel it: its worker ends the process within two seconds; a finished one is unchanged."""
    waiting = Run.objects.filter(pk=run.pk, state__in=PENDING)
    if waiting.update(state="cancelled", due_at=None, ended_at=now):
        audit.record("run.cancel", actor=by.code, subject=None, public={"run": run.id})
