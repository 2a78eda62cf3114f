"""A pair's life: a Teacher suggests it, the Learner and then the helper accept, and it ends.

Who of the two declined is not stored. A pair expires after 14 days.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import Http404

import push
from accounts.models import User
from courses.models import Course
from peers.models import (
    DECLINED,
    ENDED,
    OPEN,
    PAIRED,
    SUGGESTED,
    WANTED,
    DismissedRequest,
    PeerPair,
)
from peers.requests import PeerRequest, list_requests
from work_queue.due_rows import describe_error, lock_due, process_each

logger = logging.getLogger(__name__)
LIFETIME = timedelta(days=14)
RETRY_AFTER = timedelta(days=1)
BATCH = 100


@transaction.atomic
def suggest(course: Course, wish: UUID, skill: str, offer: UUID, *, now: datetime) -> None:
    """Suggest a listed helper for a listed request. Raises Http404 for any other."""
    request = _find_request(course, wish, skill, now)
    found = next((each for each in request.helpers if each.pk == offer), None)
    if found is None:
        raise Http404
    pair = PeerPair(
        learner=request.wish.enrolment.user,
        helper=found.enrolment.user,
        skill=request.skill,
        wish=request.wish,
        offer=found,
        suggested_at=now,
        due_at=now + LIFETIME,
    )
    try:
        with transaction.atomic():
            pair.save(force_insert=True)
    except IntegrityError:
        return  # another Teacher suggested a helper at the same moment
    _notify_pages(course)
    _notify_person(pair.learner)


@transaction.atomic
def dismiss(course: Course, wish: UUID, skill: str, *, now: datetime) -> None:
    """Take a request off the list for all Teachers of the course. Raises Http404."""
    request = _find_request(course, wish, skill, now)
    DismissedRequest.objects.update_or_create(
        wish=request.wish, skill=request.skill, defaults={"at": now}
    )
    _notify_pages(course)


def _find_request(course: Course, wish: UUID, skill: str, now: datetime) -> PeerRequest:
    for request in list_requests(course, now=now):
        if (request.wish.pk, request.skill.slug) == (wish, skill):
            return request
    raise Http404


def open_pairs(user: User, courses: Iterable[Course], *, now: datetime) -> QuerySet[PeerPair]:
    """Return the open pairs that this person may know of, in these courses.

    A helper learns of a pair only once the Learner has accepted it.
    """
    sides = Q(learner=user, state__in=OPEN) | Q(helper=user, state__in=(WANTED, PAIRED))
    rows = PeerPair.objects.filter(sides, skill__course__in=courses, due_at__gt=now)
    active = rows.filter(learner__is_active=True, helper__is_active=True)
    return active.select_related("learner", "helper", "skill__course").order_by("suggested_at")


@transaction.atomic
def accept(user: User, course: Course, id: UUID, *, now: datetime) -> None:
    """Accept a pair as the side that is asked; names are shown once both have. Raises Http404."""
    pair = _lock_asked(user, course, id, now)
    pair.state = WANTED if pair.state == SUGGESTED else PAIRED
    pair.due_at = now + LIFETIME
    _save(pair)
    _notify_person(pair.helper if pair.state == WANTED else pair.learner)


@transaction.atomic
def decline(user: User, course: Course, id: UUID, *, now: datetime) -> None:
    """Decline a pair as the side that is asked. Raises Http404."""
    _close(_lock_asked(user, course, id, now))


@transaction.atomic
def end(user: User, course: Course, id: UUID, *, now: datetime) -> None:
    """End a pair as one of its two. Raises Http404."""
    pair = _lock(user, course, id, now)
    if pair.state != PAIRED:
        raise Http404
    _close(pair)


@transaction.atomic
def end_due(*, now: datetime) -> int:
    """End pairs that expired. Returns how many; one that cannot be ended waits for a day."""

    def postpone(pair: PeerPair, error: Exception) -> None:
        logger.error("peers.pair_not_ended", extra=describe_error(error))
        PeerPair.objects.filter(pk=pair.pk).update(due_at=now + RETRY_AFTER)

    due = lock_due(PeerPair.objects.select_related("skill__course"), BATCH, now=now)
    return process_each(due, _close, postpone=postpone)


def is_asked(user: User, pair: PeerPair) -> bool:
    """Return whether the pair waits for this person's answer."""
    asked = {SUGGESTED: pair.learner_id, WANTED: pair.helper_id}
    return asked.get(pair.state) == user.pk


def _lock_asked(user: User, course: Course, id: UUID, now: datetime) -> PeerPair:
    pair = _lock(user, course, id, now)
    if not is_asked(user, pair):
        raise Http404
    return pair


def _lock(user: User, course: Course, id: UUID, now: datetime) -> PeerPair:
    rows = open_pairs(user, [course], now=now).select_for_update(of=("self",))
    pair = rows.filter(pk=id).first()
    if pair is None:
        raise Http404
    return pair


@transaction.atomic
def _close(pair: PeerPair) -> int:
    pair.state = ENDED if pair.state == PAIRED else DECLINED
    pair.due_at = None
    _save(pair)
    return 1


def _save(pair: PeerPair) -> None:
    pair.save(update_fields=["state", "due_at"])
    _notify_pages(pair.skill.course)


def _notify_pages(course: Course) -> None:
    push.notify(f"course.{course.slug}", {"type": "teaching.changed"})


def _notify_person(user: User) -> None:
    """Send a hint to their open pages; they read the rest on their own pages."""
    push.notify(f"learner.{user.code}", {"type": "pair.changed"})
