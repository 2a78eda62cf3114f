"""The Celery tasks of authoring; they take no arguments and process all due work (I-27)."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from authoring.films import conversion_worker, film_uploads
from authoring.imports import import_requests, worker
from authoring.versions import previews


@shared_task(ignore_result=True)
def bring_in_due() -> None:
    """Process queued imports; on the slow queue, because this may take minutes."""
    worker.process_due(now=timezone.now)


@shared_task(ignore_result=True)
def convert_films_due() -> None:
    """Convert uploaded videos; on the slow queue, because one may take hours."""
    conversion_worker.process_due(now=timezone.now)


@shared_task(ignore_result=True)
def clear_up() -> None:
    """Delete old previews, unfinished uploads, and files of imports that nothing refers to."""
    now = timezone.now()
    previews.clear_old(now=now)
    import_requests.clear_expired(now=now)
    film_uploads.clear_expired(now=now)
