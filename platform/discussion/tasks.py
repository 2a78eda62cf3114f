"""Celery tasks of the discussions; they take no arguments and process due rows (I-27)."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from discussion import erasure
from discussion.announcements import announcement_mails, announcement_store


@shared_task(ignore_result=True)
def erase_posts() -> None:
    """Erase posts and announcements that were deleted more than ten minutes ago."""
    erasure.forget_deleted(now=timezone.now())
    announcement_store.forget_withdrawn(now=timezone.now())


@shared_task(ignore_result=True)
def queue_mails() -> None:
    """Queue the e-mails about announcements that Learners can see from now on."""
    announcement_mails.queue_due(now=timezone.now())
