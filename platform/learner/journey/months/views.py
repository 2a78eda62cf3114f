"""`/journey/months/`: twelve months of a learner, the newest first, to read, print and download."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import current_user, require_role
from accounts.models import User
from learner.journey.months import month_range, own_words
from learner.journey.months.month_range import MonthRange
from learner.journey.months.own_words import OwnWords


@dataclass(frozen=True, slots=True)
class Month:
    """Everything the page shows of one month."""

    first: date
    words: OwnWords


@require_safe
@require_role("learner")
def show_months(request: HttpRequest) -> HttpResponse:
    """Show the twelve months up to this one, or up to the one in `?to=`."""
    user, now = current_user(request), timezone.now()
    span = month_range.parse_months(request.GET.dict(), timezone.localdate(now))
    context = {"span": span, "months": load_months(user, span, now=now)}
    return render(request, "learner/journey/months.html", context)


def load_months(user: User, span: MonthRange, *, now: datetime) -> list[Month]:
    """Return the months in which something happened, the newest first."""
    words = own_words.load_own_words(user, span, now=now)
    return [Month(first, words[first]) for first in reversed(span.months) if first in words]
