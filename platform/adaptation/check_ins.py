"""Check-ins: asking Learners who opted in "How is it now?", at random moments.

The waiting times are exponential (memoryless), so the moments are spread evenly over the whole
learning time, however it is divided into Sittings. An unsuitable moment is drawn again. A Sitting
has at most one check-in.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import CHECK_INS, User
from adaptation.models import Intervention
from adaptation.offers import do_not_disturb
from estimates.models import SelfReport
from interventions.choice import Rng
from telemetry import sittings
from telemetry.models import Sitting
from work_queue.due_rows import describe_error, lock_free, process_each

logger = logging.getLogger(__name__)
# Mean learning time between two check-ins, by the most that a Learner wants in a day.
MEAN_INTERVAL: Final = {3: timedelta(minutes=30), 6: timedelta(minutes=15)}
DAY: Final = timedelta(hours=24)
MIN_INTERVAL: Final = timedelta(minutes=10)
# Least time since another question or a self-report, which makes a check-in unnecessary.
AFTER_OTHER_QUESTION: Final = timedelta(minutes=3)
# A Sitting without activity for this long has no Learner at the page.
ACTIVE_WITHIN: Final = timedelta(minutes=5)
# A moment this long ago was missed, because the Learner or the worker was away.
MISSED_AFTER: Final = timedelta(minutes=1)
OPEN_FOR: Final = timedelta(minutes=3)
# The clocks of page and server differ by less.
CLOCK_TOLERANCE: Final = timedelta(seconds=30)


class NotAsked(ValueError):
    """An answer to a check-in that was not open when it was given."""


@transaction.atomic
def ask_due(*, now: datetime, rng: Rng) -> list[Sitting]:
    """Draw a moment for Sittings without one, and open the check-ins that are due.

    Return the Sittings whose pages must now be notified.
    """
    due = _eligible_sittings(now).filter(Q(check_in_at=None) | Q(check_in_at__lte=now))
    # Without locking the key: course events that refer to these Sittings need not wait.
    locked = lock_free(due.order_by("check_in_at"), no_key=True)
    opened = []

    @transaction.atomic
    def ask(row: Sitting) -> int:
        suitable = is_suitable(row, now)
        if suitable:
            row.checked_in_at = now
        else:
            row.check_in_at = now + draw_wait(row.learner, rng)
        row.save(update_fields=["check_in_at", "checked_in_at"])
        # Only a row that is saved is opened.
        if suitable:
            opened.append(row)
        return 1

    process_each(locked, ask, postpone=_log_failure)
    return opened


def _log_failure(_sitting: Sitting, error: Exception) -> None:
    """Log it; the next sweep tries again."""
    logger.error("check_ins.not_asked", extra=describe_error(error))


def _eligible_sittings(now: datetime) -> QuerySet[Sitting]:
    """Return active Sittings of Learners who want check-ins and had none in them yet.

    Tests and previews are excluded.
    """
    return Sitting.objects.filter(
        ended_at=None,
        scenario="course",
        unit__course__preview_of=None,
        active_at__gt=now - ACTIVE_WITHIN,
        checked_in_at=None,
        learner__check_ins__gt=0,
    ).select_related("learner")


def draw_wait(learner: User, rng: Rng) -> timedelta:
    """Draw the time until the next moment."""
    return -math.log(1.0 - rng.random()) * MEAN_INTERVAL[learner.check_ins]


def is_suitable(sitting: Sitting, now: datetime) -> bool:
    """Return whether a check-in is due and would not interrupt."""
    at = sitting.check_in_at
    if at is None or now - at > MISSED_AFTER or do_not_disturb.is_wanted(sitting, now):
        return False
    return not (_reached_limit(sitting.learner, now) or _was_asked_recently(sitting.learner, now))


def _reached_limit(learner: User, now: datetime) -> bool:
    before = Sitting.objects.filter(learner=learner, checked_in_at__gt=now - DAY)
    times = list(before.values_list("checked_in_at", flat=True))
    return len(times) >= learner.check_ins or any(at > now - MIN_INTERVAL for at in times if at)


def _was_asked_recently(learner: User, now: datetime) -> bool:
    since = now - AFTER_OTHER_QUESTION
    offers = Intervention.objects.filter(learner=learner, delivered=True, decided_at__gt=since)
    return offers.exists() or SelfReport.objects.filter(learner=learner, made_at__gt=since).exists()


def seconds_left(sitting: Sitting, *, now: datetime) -> int:
    """Return the seconds for which a check-in of this Sitting stays open; 0 if none is open."""
    at = _open_check_ins([sitting]).values_list("checked_in_at", flat=True).first()
    return max(0, math.ceil((at + OPEN_FOR - now).total_seconds())) if at else 0


def list_open(sittings: Collection[Sitting], *, now: datetime) -> list[UUID]:
    """Return the ids of those Sittings that have an open check-in."""
    open_rows = _open_check_ins(sittings).filter(checked_in_at__gt=now - OPEN_FOR)
    return list(open_rows.values_list("id", flat=True))


def accept_answer(sitting: Sitting, t: float) -> None:
    """Close the check-in answered at `t` of the Sitting; a repeat is allowed. Raises NotAsked."""
    row = Sitting.objects.select_for_update(no_key=True).get(pk=sitting.pk)
    at = row.checked_in_at
    since = timedelta(seconds=t - sittings.seconds(row, at)) if at else None
    if since is None or not -CLOCK_TOLERANCE <= since <= OPEN_FOR + CLOCK_TOLERANCE:
        raise NotAsked("expected an answer to a question of the last minutes")
    _close(row)


@transaction.atomic
def dismiss(sitting: Sitting, *, less: bool) -> None:
    """Close the check-in without an answer; `less` lowers this Learner's number a day."""
    if not _close(sitting) or not less:
        return
    wanted = User.objects.select_for_update(no_key=True).get(pk=sitting.learner_id)
    wanted.check_ins = max((n for n in CHECK_INS if n < wanted.check_ins), default=0)
    wanted.save(update_fields=["check_ins"])


def _close(sitting: Sitting) -> bool:
    """Close the check-in and return whether one was open; a repeated message closes it once."""
    return bool(_open_check_ins([sitting]).update(check_in_at=None))


def _open_check_ins(sittings: Collection[Sitting]) -> QuerySet[Sitting]:
    """Return those Sittings whose check-in was opened and neither answered nor dismissed."""
    return Sitting.objects.filter(
        id__in=[each.pk for each in sittings],
        checked_in_at__isnull=False,
        check_in_at__isnull=False,
    )
