"""The Celery tasks: each takes no arguments, processes due rows and may run twice (I-27)."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from datetime import datetime

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from accounts.administration import age_band_updates
from accounts.mail import delivery as mail_delivery
from adaptation import check_ins, submit_attempt
from adaptation.effects import hint_ab_trial, proximal_outcome
from audit import sequencer, witness_publisher
from consent import mails as consent_mails
from courses import learner_groups, weekly_mail
from courses.email_invitations import records as invitation_records
from courses.email_invitations.mails import INVITATION_MAILS
from estimates.inference import personal_calibration
from estimates.knowledge import mastery
from pipeline import page_messages
from pipeline.window_processing import drain
from privacy import recent_deletion
from privacy.erasure import erasure, erasure_completion
from privacy.export import lrs_delivery
from privacy.retention import expired_grants, expiry, legal_profile_purge
from privacy.subject_requests import request_mails
from telemetry import sittings
from telemetry.blocks import compaction, partitions

logger = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def process_due() -> None:
    """Process every due Window, mastery row, self-report and Explanation."""
    drain(now=timezone.now, rng=random.SystemRandom())
    refine_mastery()
    personal_calibration.learn_due(now=timezone.now())


@shared_task(ignore_result=True)
def refine_mastery() -> None:
    """Compute the interval of each mastery row that an answer changed."""
    mastery.refine_due(now=timezone.now())


@shared_task(ignore_result=True)
def sweep() -> None:
    """Process what a lost wake-up or a killed process left behind."""
    now = timezone.now()
    for chore in CHORES:
        try:
            chore(now)
        except Exception:
            logger.exception("sweep.chore_failed")
    process_due()


@shared_task(ignore_result=True)
def expire() -> None:
    """Delete data whose retention period is over."""
    expired_grants.end_due(now=timezone.now())
    expiry.delete_expired(now=timezone.now())


@shared_task(ignore_result=True)
def tell_witness() -> None:
    """Post tree heads to the witness; on the slow queue, as it is a remote host."""
    witness_publisher.publish_to_web(now=timezone.now())


@shared_task(ignore_result=True)
def send_records() -> None:
    """Send course records to the configured record store; on the slow queue, as above."""
    lrs_delivery.send_due(now=timezone.now())


@shared_task(ignore_result=True)
def send_mails() -> None:
    """Send due mails to the mail server; on the slow queue, as above."""
    mail_delivery.send_due(clock=timezone.now, more=[INVITATION_MAILS])


@shared_task(ignore_result=True)
def describe_videos() -> None:
    """Describe the segments of new videos; on the slow queue, as models take long."""
    # Imported here, because scikit-learn adds a second to the start of every process.
    from pipeline import video_semantics

    video_semantics.update_semantics(clock=timezone.now)


@shared_task(ignore_result=True)
def refit_knowledge() -> None:
    """Refit knowledge models to the site's answers every night; on the slow queue."""
    # Imported here, because it needs scikit-learn too.
    from estimates.knowledge import nightly_refit

    nightly_refit.refit_due(now=timezone.now())


@shared_task(ignore_result=True)
def ask_mails() -> None:
    """Queue the mails that a date triggers: due work, expiring grants, waiting requests."""
    now = timezone.now()
    for ask_due in (weekly_mail.ask_due, consent_mails.queue_due_mails, request_mails.ask_due):
        try:
            ask_due(now)
        except Exception:
            logger.exception("ask_mails.failed")


@shared_task(ignore_result=True)
def update_age_bands() -> None:
    """Update minors' age bands after birthdays; slow, as it unseals every birth date."""
    age_band_updates.update_due(timezone.now())


@shared_task(ignore_result=True)
def compact() -> None:
    """Compact the Blocks of ended Sittings; on the slow queue, as it is not urgent."""
    compaction.sweep(clock=timezone.now)
    compaction.reclaim_space(now=timezone.now())


@shared_task(ignore_result=True)
def certify() -> None:
    """Verify and certify finished erasures; on the slow queue, because it reads the whole disk."""
    recent_deletion.sweep(clock=timezone.now)
    erasure_completion.finish(clock=timezone.now)


def _erase(now: datetime) -> None:
    erasure.sweep(now=now)


def _end_grants(now: datetime) -> None:
    expired_grants.end_due(now=now)


def _order_leaves(now: datetime) -> None:
    sequencer.sweep(now=now)
    witness_publisher.publish_to_file(now=now)


def _end_invitations(now: datetime) -> None:
    invitation_records.end_due_invitations(now=now)


def _end_groups(now: datetime) -> None:
    learner_groups.forget_deleted(now=now)


def _purge(now: datetime) -> None:
    legal_profile_purge.purge(now=now)


def _open_days(_: datetime) -> None:
    partitions.open_days()


@transaction.atomic
def _ask_check_ins(now: datetime) -> None:
    for sitting in check_ins.ask_due(now=now, rng=random.SystemRandom()):
        page_messages.deliver_check_in(sitting)


CHORES: tuple[Callable[[datetime], object], ...] = (
    _erase,
    _end_grants,
    _order_leaves,
    _end_invitations,
    _end_groups,
    _purge,
    _open_days,
    proximal_outcome.measure_due,
    hint_ab_trial.measure_due,
    hint_ab_trial.learn_due,
    submit_attempt.submit_due,
    sittings.close_stale,
    _ask_check_ins,
)
