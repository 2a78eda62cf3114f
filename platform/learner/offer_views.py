"""`/offers/<uuid>/` and `/journey/offers/`: a Learner's answers to an offer other than accepting
it.

Both work as plain forms. A script that asks for JSON gets an empty answer instead of a page.
"""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import current_user, require_role
from adaptation.offers import vetoes
from consent.permits import gate
from courses.access import courses_learnt_by
from courses.models import Course

OFFERS_URL = "/journey/#wishes"


@require_POST
@require_role("learner")
def respond(request: HttpRequest, code: UUID) -> HttpResponse:
    """Handle `do`: reject the estimate behind an offer, switch offers off or on, or undo.

    `wrong` rejects the estimate. `off` and `on` set offers from estimates in the offer's course.
    """
    user, now = current_user(request), timezone.now()
    permit = gate.permit(user.code, "course", now=now)
    match request.POST.get("do"):
        case "wrong":
            vetoes.dispute_offer(code, permit, now=now)
        case "off" | "on" as word:
            vetoes.switch_estimates(
                user, vetoes.find_course(code, permit), on=word == "on", now=now
            )
        case "undo":
            if not vetoes.undo(code, permit, now=now):
                return HttpResponse(
                    _("You can no longer undo this: it was more than ten minutes ago."), status=409
                )
        case _:
            return HttpResponseBadRequest("Expected do to be wrong, off, on or undo.")
    return _redirect_back(request)


@require_POST
@require_role("learner")
def change_wishes(request: HttpRequest) -> HttpResponse:
    """Switch offers from estimates in `course` on or off, or reset `rule` to its original
    threshold."""
    user = current_user(request)
    if rule := request.POST.get("rule", ""):
        vetoes.reset_rule(user, rule)
    else:
        course = _load_course(request)
        vetoes.switch_estimates(user, course, on=request.POST.get("on") == "1", now=timezone.now())
    return _redirect_back(request)


def _load_course(request: HttpRequest) -> Course:
    slug = request.POST.get("course", "")
    found = courses_learnt_by(current_user(request)).filter(slug=slug)
    course = found.first()
    if course is None:
        raise Http404
    return course


def _redirect_back(request: HttpRequest) -> HttpResponse:
    if "application/json" in request.headers.get("Accept", ""):
        return HttpResponse(status=204)
    return redirect(OFFERS_URL)
