"""The worker for pending Runs, one at a time, because a training uses a core for minutes.

A killed worker leaves its row due; the next one continues from the checkpoint.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from courses.media.stored_file import StoreUnavailable
from estimates.registry import predictors
from research.datasets import data_folders
from research.figures import learning_curve
from research.models import Snapshot
from research.registry import flagged_predictors
from research.runs import training_data, training_process
from research.runs.models import PENDING, Run
from research.runs.training_process import TrainingProcess
from vault.errors import KeystoreBusy
from work_queue.turns import wait_for_turn

logger = logging.getLogger(__name__)
LEASE: Final = timedelta(seconds=30)
# Reading the training data comes first and reports no progress.
PREPARES: Final = timedelta(minutes=5)
RETRY_AFTER: Final = timedelta(seconds=15)
POLL_S: Final = 1.0
MAX_TRIES: Final = 5
CLAIM: Final = "research.runs"
Clock = Callable[[], datetime]


class RunStopped(Exception):
    """The Run was cancelled, or another worker has claimed it."""


class DataWithdrawn(Exception):
    """A person withdrew data that the training has already read."""


def process_due(*, now: Clock) -> int:
    """Train every pending Run, one after the other; return how many."""
    done = 0
    while (run := _claim(now())) is not None:
        _process(run, now)
        done += 1
    return done


@transaction.atomic
def _claim(now: datetime) -> Run | None:
    """Claim the oldest for some minutes, unless a training is in progress here."""
    wait_for_turn(CLAIM)
    if Run.objects.filter(state="running", due_at__gt=now).exists():
        return None
    run = Run.objects.filter(due_at__lte=now).order_by("asked_at").first()
    if run is not None:
        run.state, run.due_at, run.tries = "running", now + PREPARES, run.tries + 1
        run.began_at = run.began_at or now
        run.save(update_fields=["state", "due_at", "tries", "began_at"])
    return run


def _process(run: Run, now: Clock) -> None:
    """Train; a Run that fails, or has killed several workers, is marked as failed."""
    if run.tries > MAX_TRIES:
        _fail(run, now())
        return
    try:
        _train(run, now)
    except RunStopped:
        _delete_folder(run)
    except DataWithdrawn:
        _restart(run, now())
    except (StoreUnavailable, KeystoreBusy):
        logger.warning("run.postponed")
        _claimed_run(run).update(state="waiting", due_at=now() + RETRY_AFTER, tries=run.tries - 1)
    except Exception:
        logger.exception("run.failed", extra={"run": str(run.id)})
        _fail(run, now())


def _train(run: Run, now: Clock) -> None:
    folder = folder_of(run)
    folder.mkdir(parents=True, exist_ok=True)
    shrunk = _shrunk_at(run)
    data = training_data.load_training_data(run, now=now())
    with _start_process(run, folder, data) as training:
        while training.read_output(POLL_S):
            _report_progress(run, training, now())
            _check_withdrawals(run, shrunk)
        _report_progress(run, training, now())
        if training.is_busy:
            _claimed_run(run).update(state="waiting", due_at=now() + RETRY_AFTER)
            return
        report = training.report()
        curves = training.learning_curves
    _check_withdrawals(run, shrunk)
    if run.paper is None:
        figures = report["figures"] | ({learning_curve.FIGURE: curves} if curves else {})
        _store(run, folder / report["path"], figures, now())
    else:
        _store_figures(run, report["figures"], "", now())
    _delete_folder(run)


def _start_process(
    run: Run, folder: Path, data: bytes | None
) -> AbstractContextManager[TrainingProcess]:
    if run.paper is None:
        return training_process.start_training(run.recipe, folder, data)
    # Fits on other data are never continued, and a withdrawal changes the data.
    out = folder / sha256(data or b"").hexdigest()
    source = data_folders.path_of(run.data_folder) if run.data_folder else data
    return training_process.start_tables(run.paper, run.extent, out, source)


def _report_progress(run: Run, training: TrainingProcess, now: datetime) -> None:
    """Store the progress; raises RunStopped where the Run is no longer this worker's."""
    epoch, epochs = training.epoch
    if not _claimed_run(run).update(epoch=epoch, epochs=epochs, due_at=now + LEASE):
        raise RunStopped


def _shrunk_at(run: Run) -> datetime | None:
    """Return when rows were last withdrawn from its training data."""
    return Snapshot.objects.filter(runs=run).values_list("shrunk_at", flat=True).first()


def _check_withdrawals(run: Run, before: datetime | None) -> None:
    """Raise DataWithdrawn: a withdrawal also ends what is in flight (I-1)."""
    if _shrunk_at(run) != before:
        raise DataWithdrawn


def _restart(run: Run, now: datetime) -> None:
    """Restart on the remaining data, without anything learned so far."""
    shutil.rmtree(folder_of(run), ignore_errors=True)
    _claimed_run(run).update(
        state="waiting", due_at=now, began_at=None, epoch=0, tries=run.tries - 1
    )


@transaction.atomic
def _store(run: Run, made: Path, figures: dict[str, Any], now: datetime) -> None:
    """Register the result, not in use."""
    target = predictors.folder_of(made.name)
    if not target.is_dir():
        made.replace(Path(settings.LEARNED_DIR) / made.name)
    row = predictors.register(predictors.folder_of(made.name), now=now, at_once=False)
    _store_figures(run, figures, str(row), now)
    flagged_predictors.destroy_retrained(run, row.kind)


def _store_figures(run: Run, figures: dict[str, Any], artefact: str, now: datetime) -> None:
    """Store the figures; raises RunStopped where the Run is no longer this worker's."""
    done = {"state": "done", "due_at": None, "ended_at": now}
    if not _claimed_run(run).update(**done, figures=figures, artefact=artefact):
        raise RunStopped


def _fail(run: Run, now: datetime) -> None:
    _claimed_run(run).update(state="failed", due_at=None, ended_at=now)
    _delete_folder(run)


def _claimed_run(run: Run) -> QuerySet[Run]:
    """Return the Run while it is pending and no other worker has claimed it since."""
    return Run.objects.filter(pk=run.pk, state__in=PENDING, tries=run.tries)


def folder_of(run: Run) -> Path:
    """Return its working folder, which has its checkpoint and never its data."""
    return Path(settings.LEARNED_DIR) / ".runs" / str(run.id)


def _delete_folder(run: Run) -> None:
    """Delete the folder once the Run is over; another worker's claim keeps it."""
    if not Run.objects.filter(pk=run.pk, state__in=PENDING).exists():
        shutil.rmtree(folder_of(run), ignore_errors=True)
