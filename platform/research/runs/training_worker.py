"""The worker for pending Runs, one at a time, because a training uses a core for minutes.

A killed worker leaves its row due; the next one continues from the checkpoint.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from estimates.registry import predictors
from research.models import Snapshot
from research.registry import flagged_predictors
from research.runs import training_data, training_process
from research.runs.models import OWED, Run
from research.runs.training_process import Child

logger = logging.getLogger(__name__)
LEASE: Final = timedelta(seconds=30)
# Reading the training data comes first and reports no progress.
PREPARES: Final = timedelta(minutes=5)
AGAIN: Final = timedelta(seconds=15)
LOOK_S: Final = 1.0
MOST_TRIES: Final = 5
CLAIM: Final = "research.runs"
Clock = Callable[[], datetime]


class Stopped(Exception):
    """The Run was cancelled, or another worker has claimed it."""


class TakenBack(Exception):
    """A person withdrew data that the training has already read."""


def work_off(*, now: Clock) -> int:
    """Train every pending Run, one after the other; return how many."""
    done = 0
    while (run := _claim(now())) is not None:
        _work(run, now)
        done += 1
    return done


@transaction.atomic
def _claim(now: datetime) -> Run | None:
    """Claim the oldest for some minutes, unless a training is in progress here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [CLAIM])
    if Run.objects.filter(state="running", due_at__gt=now).exists():
        return None
    run = Run.objects.filter(due_at__lte=now).order_by("asked_at").first()
    if run is not None:
        run.state, run.due_at, run.tries = "running", now + PREPARES, run.tries + 1
        run.began_at = run.began_at or now
        run.save(update_fields=["state", "due_at", "tries", "began_at"])
    return run


def _work(run: Run, now: Clock) -> None:
    """Train; a Run that fails, or has killed several workers, is marked as failed."""
    if run.tries > MOST_TRIES:
        _fail(run, now())
        return
    try:
        _train(run, now)
    except Stopped:
        _tidy(run)
    except TakenBack:
        _begin_anew(run, now())
    except Exception:
        logger.exception("run.failed", extra={"run": str(run.id)})
        _fail(run, now())


def _train(run: Run, now: Clock) -> None:
    folder = folder_of(run)
    folder.mkdir(parents=True, exist_ok=True)
    shrunk = _shrunk_at(run)
    with training_process.started(run.recipe, folder, training_data.of(run, now=now())) as training:
        while training.hear(LOOK_S):
            _tell(run, training, now())
            _look_for_withdrawals(run, shrunk)
        _tell(run, training, now())
        if training.is_busy:
            _mine(run).update(state="waiting", due_at=now() + AGAIN)
            return
        report = training.report()
    _look_for_withdrawals(run, shrunk)
    _keep(run, folder / report["path"], report["figures"], now())
    _tidy(run)


def _tell(run: Run, training: Child, now: datetime) -> None:
    """Store the progress; raises RunStopped where the Run is no longer this worker's."""
    epoch, epochs = training.epoch
    if not _mine(run).update(epoch=epoch, epochs=epochs, due_at=now + LEASE):
        raise Stopped


def _shrunk_at(run: Run) -> datetime | None:
    """Return when rows were last withdrawn from its training data."""
    return Snapshot.objects.filter(runs=run).values_list("shrunk_at", flat=True).first()


def _look_for_withdrawals(run: Run, before: datetime | None) -> None:
    """Raise DataWithdrawn: a withdrawal also ends what is in flight (I-1)."""
    if _shrunk_at(run) != before:
        raise TakenBack


def _begin_anew(run: Run, now: datetime) -> None:
    """Restart on the remaining data, without anything learned so far."""
    shutil.rmtree(folder_of(run), ignore_errors=True)
    _mine(run).update(state="waiting", due_at=now, began_at=None, epoch=0, tries=run.tries - 1)


@transaction.atomic
def _keep(run: Run, made: Path, figures: dict[str, Any], now: datetime) -> None:
    """Register the result, not in use."""
    kept = predictors.folder_of(made.name)
    if not kept.is_dir():
        made.replace(Path(settings.LEARNED_DIR) / made.name)
    row = predictors.register(predictors.folder_of(made.name), now=now, at_once=False)
    if not _mine(run).update(
        state="done", due_at=None, ended_at=now, figures=figures, artefact=str(row)
    ):
        raise Stopped
    flagged_predictors.destroy_retrained(run, row.kind)


def _fail(run: Run, now: datetime) -> None:
    _mine(run).update(state="failed", due_at=None, ended_at=now)
    _tidy(run)


def _mine(run: Run) -> QuerySet[Run]:
    """Return the Run while it is pending and no other worker has claimed it since."""
    return Run.objects.filter(pk=run.pk, state__in=OWED, tries=run.tries)


def folder_of(run: Run) -> Path:
    """Return its working folder, which has its checkpoint and never its data."""
    return Path(settings.LEARNED_DIR) / ".runs" / str(run.id)


def _tidy(run: Run) -> None:
    """Delete the folder once the Run is over; another worker's claim keeps it."""
    if not Run.objects.filter(pk=run.pk, state__in=OWED).exists():
        shutil.rmtree(folder_of(run), ignore_errors=True)
