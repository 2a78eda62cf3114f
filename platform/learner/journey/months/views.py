"""`/journey/months/`: twelve months of a learner, the newest first, to read, print and download."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import current_user, require_role
from accounts.models import User
from courses.models import Response
from estimates.registry import predictors
from learner.journey.behaviour_views import MAX_SAMPLES
from learner.journey.months import (
    kept_estimates,
    month_file,
    month_range,
    month_summary,
    overview,
)
from learner.journey.months.month_range import MonthRange
from telemetry.models import Sitting


@require_safe
@require_role("learner")
def show_months(request: HttpRequest) -> HttpResponse:
    """Show the twelve months up to this one or to `?to=`; `?as=csv` returns them as a file."""
    user, now = current_user(request), timezone.now()
    span = month_range.parse_months(request.GET.dict(), timezone.localdate(now))
    months = month_summary.load_months(user, span, now=now)
    if request.GET.get("as") == "csv":
        return month_file.make_file(months)
    context = {
        "span": span,
        "months": months,
        "overview": overview.build_overview(months),
        "has_earlier": _has_earlier(user, span),
        "kept_days": kept_estimates.find_retention(now=now).days,
        "made_by": predictors.shown_title(),
        "limit": MAX_SAMPLES,
        "is_limited": kept_estimates.are_limited(
            [each.estimates for each in months if each.estimates]
        ),
    }
    return render(request, "learner/journey/months.html", context)


def _has_earlier(user: User, span: MonthRange) -> bool:
    return (
        Sitting.objects.filter(learner=user, began_at__lt=span.begin).exists()
        or Response.objects.filter(learner=user, answered_at__lt=span.begin).exists()
    )
