"""The Celery task of the discussions: without arguments, it works off what is due (I-27)."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from discussion import erasure


@shared_task(ignore_result=True)
def forget_deleted() -> None:
    """Let go of texts whose author deleted them ten minutes ago."""
    erasure.forget_deleted(now=timezone.now())
