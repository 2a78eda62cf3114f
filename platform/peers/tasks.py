"""Celery task of the peers; it takes no arguments and processes due rows (I-27)."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from peers import pairs


@shared_task(ignore_result=True)
def end_pairs() -> None:
    """End pairs that are two weeks old."""
    pairs.end_due(now=timezone.now())
