"""Celery tasks of the Steward's pages: without arguments, each processes what is due (I-27)."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from stewardship.people.imports import worker
from stewardship.people.search import worker as searching


@shared_task(ignore_result=True)
def import_people_due() -> None:
    """Process people imports; on the slow queue, because they take minutes."""
    worker.process_due(now=timezone.now)


@shared_task(ignore_result=True)
def search_names_due() -> None:
    """Search people by name; on the slow queue, because it unseals all names of a large site."""
    searching.process_due(now=timezone.now)
