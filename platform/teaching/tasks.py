"""The Celery task of the class picture: without arguments, it publishes what is due (I-27)."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from teaching import cells


@shared_task(ignore_result=True)
def publish_due() -> None:
    """Publish each quarter that has ended, withdraw what lost one of its people."""
    cells.publish_due(timezone.now())
