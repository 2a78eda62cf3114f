"""Celery task of LTI; it takes no arguments and processes due rows (I-27)."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from lti.services import grades, rosters


@shared_task(ignore_result=True)
def call_platforms() -> None:
    """Send grades that changed to learning platforms, and read the lists of members due."""
    grades.send_due(clock=timezone.now)
    rosters.read_due(clock=timezone.now)
