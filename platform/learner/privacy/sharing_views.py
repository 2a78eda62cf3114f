"""Teachers who ask to see what is guessed about the person here, and who may see it now.

Saying no and ending it are as near as saying yes, work at once and ask for no reason (I-7).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import require_role
from accounts.models import User
from accounts.people import name_of
from consent.permits.errors import Refused
from estimates import share_access
from estimates.models import Share
from learner.courses.views import person
from learner.privacy import views

BACK = "/journey/#shares"


@dataclass(frozen=True, slots=True)
class Told:
    """One request, or one Share; `stands`: something can be seen by it now."""

    id: UUID
    teacher: str
    course: str
    until: datetime
    stands: bool


@dataclass(frozen=True, slots=True)
class Shares:
    """All that the page says; `why_not` where there is nothing that could be shown."""

    waiting: tuple[Told, ...]
    given: tuple[Told, ...]
    days: tuple[int, ...]
    why_not: str


@require_POST
@require_role("learner")
def give(request: HttpRequest, id: UUID) -> HttpResponse:
    """`days` says for how long."""
    user, days = person(request), request.POST.get("days", "")
    try:
        share_access.give(id, user, days=int(days), now=timezone.now())
    except ValueError:
        return views.show(request, problem=_("Select how long to share for. Nothing was changed."))
    except Refused as refusal:
        told = _("Nothing was changed.")
        return views.show(request, problem=f"{refusal.why} {told}", status=409)
    return redirect(BACK)


@require_POST
@require_role("learner")
def close(request: HttpRequest, id: UUID) -> HttpResponse:
    """No, or no longer."""
    share_access.close(id, person(request), now=timezone.now())
    return redirect(BACK)


def of(user: User, *, now: datetime) -> Shares:
    rows = share_access.list_requests(user, now=now)
    waiting = tuple(_told(row, row.asked_at + share_access.REQUEST_LASTS) for row in rows)
    given = share_access.list_given(user, now=now)
    return Shares(
        waiting=waiting,
        given=tuple(_told(row, row.until or now, stands=stands) for row, stands in given),
        days=share_access.DAYS,
        why_not=_why_not(user, now) if waiting else "",
    )


def _why_not(user: User, now: datetime) -> str:
    try:
        share_access.require_allowed(now=now)
    except Refused as refusal:
        return refusal.why
    return "" if share_access.list_shareable(user, now=now) else _(share_access.NOTHING_ON)


def _told(row: Share, until: datetime, *, stands: bool = False) -> Told:
    return Told(row.id, name_of(row.teacher), row.course.title, until, stands)
