"""Celery tasks of the Teacher's pages: without arguments, each processes what is due (I-27)."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from courses.models import Course
from estimates.group_figures import weekly_cells
from estimates.models.group_figures import TEACH
from teaching.class_picture import cells
from teaching.effects import hint_experiments, views
from teaching.rules.replays import worker
from teaching.weekly import summary_mails


@shared_task(ignore_result=True)
def publish_due() -> None:
    """Publish each ended quarter and week, and withdraw cells that lost a member."""
    now = timezone.now()
    cells.publish_due(now)
    weekly_cells.publish_due(Course.objects.all(), TEACH, now)


@shared_task(ignore_result=True)
def publish_effects() -> None:
    """Publish the effects of real people that are due this month."""
    now = timezone.now()
    views.publish_due(now)
    hint_experiments.publish_due(now)


@shared_task(ignore_result=True)
def queue_summaries() -> None:
    """Queue the weekly summaries of Teachers on Monday mornings."""
    summary_mails.queue_due(timezone.now())


@shared_task(ignore_result=True)
def replay_due() -> None:
    """Process pending Replays; on the slow queue, because one takes up to minutes."""
    worker.process_due(now=timezone.now)
