"""Celery tasks of LTI; they take no arguments and process due rows (I-27)."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from lti.services import grades, rosters


@shared_task(ignore_result=True)
def send_grades() -> None:
    """Send grades that changed to the platforms whose links opened the tests."""
    grades.send_due(clock=timezone.now)


@shared_task(ignore_result=True)
def read_rosters() -> None:
    """Read the lists of members of platforms' courses that are due."""
    rosters.read_due(clock=timezone.now)
