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
from research.models import Snapshot
from research.runs.models import FROM_DATA_SETS, FROM_SNAPSHOT, PENDING, RECIPES, Run
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
BUSY: Final = noop(
    "Four training runs are already waiting. Cancel one, or wait until one has finished."
)


class NotStarted(ValueError):
    """It cannot be started like this; the text, in the source language, says why."""


@transaction.atomic
def start(recipe: str, snapshot: Snapshot | None, by: User, *, now: datetime) -> Run:
    """Queue a training, on simulated people if there is no snapshot. Raises NotStarted."""
    if recipe not in RECIPES:
        raise ValueError(f"expected a recipe of {RECIPES}, got {recipe!r}")
    if (recipe in FROM_DATA_SETS) != bool(snapshot and snapshot.public):
        raise NotStarted(FROM_OTHERS if recipe in FROM_DATA_SETS else _wrong_data(recipe))
    if snapshot is not None:
        _check_snapshot(snapshot, recipe, by, now)
    if Run.objects.filter(state__in=PENDING).count() >= MAX_PENDING:
        raise NotStarted(BUSY)
    run = Run.objects.create(
        recipe=recipe,
        snapshot=snapshot,
        simulated=snapshot is None,
        asked_by=person_ref(by.code),
        asked_at=now,
        due_at=now,
    )
    public = {"run": run.id, "recipe": recipe, "data": snapshot.id if snapshot else "simulated"}
    audit.record("run.start", actor=by.code, subject=None, public=public)
    transaction.on_commit(lambda: pipeline.wake(TASK, queue="slow"))
    return run


def _wrong_data(recipe: str) -> str:
    return FROM_HERE if recipe in FROM_SNAPSHOT else OWN_PEOPLE


def _check_snapshot(snapshot: Snapshot, recipe: str, by: User, now: datetime) -> None:
    """Check that the recipe may train on this snapshot. Raises NotStarted."""
    if recipe not in FROM_SNAPSHOT:
        raise NotStarted(OWN_PEOPLE)
    if snapshot.state != "frozen" or not study_setup.may_take(snapshot.study, by, now=now):
        raise NotStarted(NOT_YOURS)


@transaction.atomic
def cancel(run: Run, by: User, *, now: datetime) -> None:
    """Cancel it: its worker ends the process within two seconds; a finished one is unchanged."""
    waiting = Run.objects.filter(pk=run.pk, state__in=PENDING)
    if waiting.update(state="cancelled", due_at=None, ended_at=now):
        audit.record("run.cancel", actor=by.code, subject=None, public={"run": run.id})
