"""Requests to see one Learner's Estimates, the Learner's answer, and whether viewing is allowed.

Every gate fails closed. Viewing needs a profile that allows Shares, and an opened Share that has
not ended. Both people must have been in the course since then, and each of its scopes needs a
Permit of the same epoch. A Teacher never learns whether a Learner refused or has not answered
(I-23).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext_noop as noop

import audit
import push
from accounts.models import User
from consent.legal_profiles import profiles
from consent.permits import gate
from consent.permits.errors import Refused
from consent.permits.gate import Permit
from courses.models import Course, Enrolment
from estimates.models.share import LONGEST, TEACH_SCOPES, Share

DAYS: Final = (7, 1)
# A request stays open this long, and for as long no new one may follow.
REQUEST_LASTS: Final = timedelta(days=7)
NEVER_SHARED: Final = noop("This site’s rules never show a teacher estimates about one person.")
NOT_SHARED: Final = noop("Not shared.")
NOTHING_ON: Final = noop(
    "There is nothing to show: a teacher can see only estimates made from things you "
    "have also switched on for the class summary."
)


@dataclass(frozen=True, slots=True)
class ShareView:
    """A Share in force: its end, its streams, and the Permits for reading now."""

    until: datetime
    streams: frozenset[str]
    permits: Mapping[str, Permit]


def require_allowed(*, now: datetime) -> None:
    """Raise Refused unless this site allows Shares at all."""
    profile = profiles.current(now=now)
    if profile is None:
        raise Refused("no_profile", NEVER_SHARED)
    if profile.teacher_individual != "shared":
        raise Refused("blocked_profile", NEVER_SHARED)


@transaction.atomic
def ask(course: Course, learner: User, teacher: User, *, now: datetime) -> bool:
    """Put the request before the Learner; returns False where it is too early to ask again."""
    require_allowed(now=now)
    if learner == teacher:
        raise Refused("no_grant", NOT_SHARED)
    row, created = _lock_rows().get_or_create(
        course=course, learner=learner, teacher=teacher, defaults={"asked_at": now}
    )
    if not created:
        if now < ask_again_at(row):
            return False
        row.asked_at, row.opened_at, row.until, row.closed_at = now, None, None, None
        row.scopes, row.epochs = [], []
        row.save()
    _record("share.ask", row, teacher)
    push.notify(f"learner.{learner.code}", {"type": "share.asked"})
    return True


def ask_again_at(row: Share) -> datetime:
    """Return when the same Teacher may ask again; independent of the Learner's answer."""
    return max(row.asked_at + REQUEST_LASTS, row.until or row.asked_at)


def list_requests(learner: User, *, now: datetime) -> QuerySet[Share]:
    """Return requests without an answer."""
    rows = _open_shares_of(learner).filter(
        opened_at=None, asked_at__lte=now, asked_at__gt=now - REQUEST_LASTS
    )
    return rows.order_by("asked_at")


def list_given(learner: User, *, now: datetime) -> list[tuple[Share, bool]]:
    """Return the Shares this Learner gave and has not ended, each with whether it is valid now."""
    rows = _open_shares_of(learner).filter(opened_at__lte=now, until__gt=now).order_by("until")
    return [(row, _view_or_none(row, now) is not None) for row in rows]


@transaction.atomic
def give(id: UUID, learner: User, *, days: int, now: datetime) -> Share:
    """Open the Share from now on; raises Refused, and Http404 for a request that has expired."""
    if days not in DAYS:
        raise ValueError(f"expected one of {DAYS} days, got {days}")
    require_allowed(now=now)
    row = _lock_rows().filter(pk__in=list_requests(learner, now=now).values("pk"), id=id).first()
    if row is None:
        raise Http404
    under = list_shareable(learner, now=now)
    if not under:
        raise Refused("no_grant", NOTHING_ON)
    row.opened_at, row.until = now, now + min(LONGEST, timedelta(days=days))
    row.scopes, row.epochs = list(under), [permit.epoch for permit in under.values()]
    row.save()
    _record("share.open", row, learner, days=days)
    return row


@transaction.atomic
def close(id: UUID, learner: User, *, now: datetime) -> None:
    """Refuse or end it, in force with the commit; a Share that has ended is unchanged."""
    row = _lock_rows().filter(id=id, learner=learner).first()
    if row is None:
        raise Http404
    if row.closed_at is None:
        row.closed_at = now
        row.save(update_fields=["closed_at"])
        _record("share.close", row, learner, what="declined" if row.opened_at is None else "ended")


def list_shareable(learner: User, *, now: datetime) -> Mapping[str, Permit]:
    """Return the `teach` scopes in force now, on which a Share given now would be based."""
    return gate.permits(learner.code, TEACH_SCOPES, now=now).granted


def open_view(course: Course, learner: User, teacher: User, *, now: datetime) -> ShareView:
    """Return the view this Teacher may have now. Raises Refused.

    Must run inside a transaction, which a closing waits for, so that no view begins after its end.
    """
    require_allowed(now=now)
    rows = _lock_rows().filter(course=course, learner=learner, teacher=teacher, closed_at=None)
    row = rows.filter(opened_at__lte=now, until__gt=now).first()
    found = _view_or_none(row, now) if row is not None else None
    if found is None:
        raise Refused("no_grant", NOT_SHARED)
    return found


def find_share(course: Course, learner: User, teacher: User) -> Share | None:
    return Share.objects.filter(course=course, learner=learner, teacher=teacher).first()


def end_all(*, now: datetime) -> int:
    """End every Share, because the site's rules no longer allow any."""
    return Share.objects.filter(closed_at=None).update(closed_at=now)


def _view_or_none(row: Share, now: datetime) -> ShareView | None:
    """Return the view this row allows, or None: any changed consent ends all of it (I-2)."""
    if row.until is None or not _both_enrolled(row):
        return None
    streams = [name.partition(":")[0] for name in row.scopes]
    wanted = [*row.scopes, *(f"{stream}:adapt" for stream in streams), "course"]
    permits = gate.permits(row.learner.code, wanted, now=now).granted
    epochs = dict(zip(row.scopes, row.epochs, strict=True))
    for name in wanted:
        if name not in permits or permits[name].epoch != epochs.get(name, permits[name].epoch):
            return None
    return ShareView(row.until, frozenset(streams), permits)


def _both_enrolled(row: Share) -> bool:
    """Return whether both were in the course without a break since it was given."""
    here = Enrolment.objects.filter(
        course=row.course_id, since__lte=row.opened_at, user__is_active=True
    )
    return (
        here.filter(user=row.learner_id, role="learner").exists()
        and here.filter(user=row.teacher_id, role="teacher").exists()
    )


def _open_shares_of(learner: User) -> QuerySet[Share]:
    rows = Share.objects.filter(learner=learner, closed_at=None, teacher__is_active=True)
    return rows.select_related("learner", "teacher", "course")


def _lock_rows() -> QuerySet[Share]:
    rows = Share.objects.select_for_update(of=["self"], no_key=True)
    return rows.select_related("learner", "course")


def _record(verb: str, row: Share, by: User, **said: object) -> None:
    public = {"course": row.course.slug, **said}
    audit.record(verb, actor=by.code, subject=row.learner.code, public=public)
