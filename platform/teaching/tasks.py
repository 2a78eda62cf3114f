"""The Celery task of the class picture: without arguments, it publishes what is due and
lets go of what is too old (I-27)."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from teaching import cells, keeping


@shared_task(ignore_result=True)
def publish_due() -> None:
    """Publish each quarter that has ended, withdraw what lost one of its people, let go the old."""
    now = timezone.now()
    keeping.let_go(now)
    cells.publish_due(now)
