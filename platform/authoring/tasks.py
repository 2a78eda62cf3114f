"""The Celery tasks of authoring; they take no arguments and process all due work (I-27)."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial

from celery import shared_task
from django.utils import timezone

from authoring.films import conversion_worker, film_uploads
from authoring.imports import import_requests, worker
from authoring.speech import drafting_worker, sound_files
from authoring.versions import previews
from courses.media.media_store import delete_copies, open_folder
from work_queue.due_rows import describe_error

logger = logging.getLogger("authoring.tasks")


@shared_task(ignore_result=True)
def bring_in_due() -> None:
    """Process queued imports; on the slow queue, because this may take minutes."""
    worker.process_due(now=timezone.now)


@shared_task(ignore_result=True)
def convert_films_due() -> None:
    """Convert uploaded videos; on the slow queue, because one may take hours."""
    conversion_worker.process_due(now=timezone.now)


@shared_task(ignore_result=True)
def draft_captions_due() -> None:
    """Draft captions; on the slow queue, because one video may take hours."""
    drafting_worker.process_due(now=timezone.now)


@shared_task(ignore_result=True)
def clear_up() -> None:
    """Delete old previews, unfinished uploads, and files that nothing refers to.

    A sweep that fails is logged, and stops no other.
    """
    now = timezone.now()
    day_ago, two_days_ago = ((now - timedelta(days=days)).timestamp() for days in (1, 2))
    for clear in (
        partial(previews.clear_old, now=now),
        partial(import_requests.clear_expired, now=now),
        partial(film_uploads.clear_expired, now=now),
        sound_files.clear_left,
        partial(open_folder().delete_parts, before=day_ago),
        partial(delete_copies, before=two_days_ago),
    ):
        try:
            clear()
        except Exception as error:  # noqa: BLE001 - one sweep stops no other
            logger.error("authoring.clear_up_failed", extra=describe_error(error))
