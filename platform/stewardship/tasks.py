"""The Celery tasks of the Steward's pages: without arguments, each does what is due (I-27)."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from stewardship.people.imports import worker
from stewardship.people.search import worker as searching


@shared_task(ignore_result=True)
def import_people_due() -> None:
    """Import people; on the slow queue, because it takes minutes."""
    worker.work_off(now=timezone.now)


@shared_task(ignore_result=True)
def search_names_due() -> None:
    """Look for people by name; on the slow queue, because it opens all names of a large site."""
    searching.work_off(now=timezone.now)
