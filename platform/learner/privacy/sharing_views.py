"""Teachers' requests to see the user's estimates, and the shares now in force.

Declining and ending are as easy as agreeing, act at once and need no reason (I-7).
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

from accounts.access import current_user, require_role
from accounts.models import User
from accounts.people import name_of
from consent.permits.errors import Refused
from estimates import share_access
from estimates.models import Share
from learner.privacy import views

SHARES_URL = "/journey/#shares"


@dataclass(frozen=True, slots=True)
class ShareLine:
    """One request or one Share; `visible` is True if it shows something now."""

    id: UUID
    teacher: str
    course: str
    until: datetime
    visible: bool


@dataclass(frozen=True, slots=True)
class ShareList:
    """Everything the page shows; `why_not` says why nothing could be shared."""

    waiting: tuple[ShareLine, ...]
    given: tuple[ShareLine, ...]
    days: tuple[int, ...]
    why_not: str


@require_POST
@require_role("learner")
def give_share(request: HttpRequest, id: UUID) -> HttpResponse:
    """Share for the number of `days` in the form."""
    user, days = current_user(request), request.POST.get("days", "")
    try:
        share_access.give(id, user, days=int(days), now=timezone.now())
    except ValueError:
        return views.show_my_data(
            request, problem=_("Select how long to share for. Nothing was changed.")
        )
    except Refused as refusal:
        unchanged = _("Nothing was changed.")
        return views.show_my_data(request, problem=f"{refusal.why} {unchanged}", status=409)
    return redirect(SHARES_URL)


@require_POST
@require_role("learner")
def close_share(request: HttpRequest, id: UUID) -> HttpResponse:
    """Decline a request, or end a Share."""
    share_access.close(id, current_user(request), now=timezone.now())
    return redirect(SHARES_URL)


def load_shares(user: User, *, now: datetime) -> ShareList:
    rows = share_access.list_requests(user, now=now)
    waiting = tuple(_make_line(row, row.asked_at + share_access.REQUEST_LASTS) for row in rows)
    given = share_access.list_given(user, now=now)
    return ShareList(
        waiting=waiting,
        given=tuple(_make_line(row, row.until or now, visible=visible) for row, visible in given),
        days=share_access.DAYS,
        why_not=_why_not(user, now) if waiting else "",
    )


def _why_not(user: User, now: datetime) -> str:
    try:
        share_access.require_allowed(now=now)
    except Refused as refusal:
        return refusal.why
    return "" if share_access.list_shareable(user, now=now) else _(share_access.NOTHING_ON)


def _make_line(row: Share, until: datetime, *, visible: bool = False) -> ShareLine:
    return ShareLine(row.id, name_of(row.teacher), row.course.title, until, visible)
