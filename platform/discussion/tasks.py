"""Celery task of the discussions; it takes no arguments and processes due rows (I-27)."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from discussion import erasure


@shared_task(ignore_result=True)
def erase_posts() -> None:
    """Erase texts that their authors deleted more than ten minutes ago."""
    erasure.forget_deleted(now=timezone.now())
