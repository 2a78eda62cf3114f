"""The Celery tasks: without arguments, each drains rows that fell due, and may run twice (I-27)."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from datetime import datetime

from celery import shared_task
from django.db import DatabaseError
from django.utils import timezone

from accounts.sessions import SessionStore
from estimates import mastery
from pipeline.windows import drain
from privacy import erasure, expiry
from telemetry import partitions, sittings, windows

logger = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def process_due() -> None:
    """Work off every Window and every mastery row that is due."""
    drain(now=timezone.now, rng=random.SystemRandom())
    refine_mastery()


@shared_task(ignore_result=True)
def refine_mastery() -> None:
    """Give each mastery row that an answer touched its interval."""
    mastery.refine_due(now=timezone.now())


@shared_task(ignore_result=True)
def sweep() -> None:
    """The safety: whatever a lost wake-up or a killed process left behind."""
    now = timezone.now()
    for chore in CHORES:
        try:
            chore(now)
        except DatabaseError:
            logger.exception("sweep.chore_failed")
    process_due()


@shared_task(ignore_result=True)
def expire() -> None:
    """Let go of what may be kept no longer."""
    expiry.expire(now=timezone.now())
    SessionStore.clear_expired()


def _erase(now: datetime) -> None:
    erasure.sweep(now=now)


def _open_days(_: datetime) -> None:
    partitions.open_days()


CHORES: tuple[Callable[[datetime], object], ...] = (
    _erase,
    _open_days,
    sittings.close_stale,
    windows.clear_done,
)
