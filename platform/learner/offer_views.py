"""`/offers/<uuid>/` and `/journey/offers/`: what one says to an offer beyond taking it, and back.

Each works as a plain form, and answers a script without a page.
"""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import require_role
from adaptation.offers import vetoes
from consent.permits import gate
from courses.access import courses_learnt_by
from courses.models import Course
from learner.courses.views import person

TO_OFFERS = "/journey/#wishes"


@require_POST
@require_role("learner")
def say(request: HttpRequest, code: UUID) -> HttpResponse:
    """`do`: wrong (the guess behind it), off and on (offers from guesses in its course), undo."""
    user, now = person(request), timezone.now()
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
    return _back(request)


@require_POST
@require_role("learner")
def wish(request: HttpRequest) -> HttpResponse:
    """In `course`: let guesses count again, or (with `rule`) let a rule be as it was written."""
    user = person(request)
    if rule := request.POST.get("rule", ""):
        vetoes.reset_rule(user, rule)
    else:
        course = _course(request)
        vetoes.switch_estimates(user, course, on=request.POST.get("on") == "1", now=timezone.now())
    return _back(request)


def _course(request: HttpRequest) -> Course:
    slug = request.POST.get("course", "")
    found = courses_learnt_by(person(request)).filter(slug=slug)
    course = found.first()
    if course is None:
        raise Http404
    return course


def _back(request: HttpRequest) -> HttpResponse:
    if "application/json" in request.headers.get("Accept", ""):
        return HttpResponse(status=204)
    return redirect(TO_OFFERS)
