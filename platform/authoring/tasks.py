"""The Celery tasks of the Author's pages: without arguments, each works off what is due (I-27)."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from authoring.imports import import_requests, worker
from authoring.versions import previews


@shared_task(ignore_result=True)
def bring_in_due() -> None:
    """Read the packages that Authors sent; on the slow queue, because it takes up to minutes."""
    worker.work_off(now=timezone.now)


@shared_task(ignore_result=True)
def clear_up() -> None:
    """Let go of previews that nobody ended and of files that nobody waits for."""
    now = timezone.now()
    previews.clear_old(now=now)
    import_requests.clear_left(now=now)
