"""The Celery tasks of the Steward's pages: without arguments, each does what is due (I-27)."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from stewardship.people.importing import working


@shared_task(ignore_result=True)
def import_people_due() -> None:
    """Import people; on the slow queue, because it takes minutes."""
    working.work_off(now=timezone.now)
