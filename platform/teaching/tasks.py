"""The Celery tasks of the Teacher's pages: without arguments, each works off what is due (I-27)."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from teaching.effects import report, wordings
from teaching.picture import cells
from teaching.rules.replays import working


@shared_task(ignore_result=True)
def publish_due() -> None:
    """Publish each quarter that has ended, withdraw what lost one of its people."""
    cells.publish_due(timezone.now())


@shared_task(ignore_result=True)
def publish_effects_due() -> None:
    """Publish the effects of real people whose month is over."""
    now = timezone.now()
    report.publish_due(now)
    wordings.publish_due(now)


@shared_task(ignore_result=True)
def replay_due() -> None:
    """Replay what drafts would have done; on the slow queue, because it takes up to minutes."""
    working.work_off(now=timezone.now)
