"""The Celery tasks of the Researchers' pages: without arguments, they process what is due."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from research.datasets import dataset_import
from research.results import study_results
from research.snapshots import freeze_worker


@shared_task(ignore_result=True)
def train_due() -> None:
    """Train; on the slow queue, because it takes minutes."""
    # It imports scipy for simulations, one second that only this task needs.
    from research.runs import training_worker

    training_worker.process_due(now=timezone.now)


@shared_task(ignore_result=True)
def publish_due() -> None:
    """Publish the week that ended, for the courses of active studies; on the slow queue as well."""
    study_results.publish_due(timezone.now())


@shared_task(ignore_result=True)
def clear_archives() -> None:
    """Delete archives of data sets that no Snapshot has."""
    dataset_import.clear_archives(now=timezone.now())


@shared_task(ignore_result=True)
def freeze_due() -> None:
    """Freeze Snapshots; on the slow queue, because it reads days of many people."""
    freeze_worker.process_due(now=timezone.now)
