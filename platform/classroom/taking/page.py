"""`/attempts/<uuid>/`: a test while it runs, and its report; `/units/<uuid>/begin/` begins one.

The time is this server's. Whoever asks after it has run out is led to the report.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import require_person
from accounts.models import User
from adaptation import handing_in
from classroom import units
from classroom.courses import person
from classroom.given import given_in
from classroom.taking import asking
from classroom.taking import report as reports
from courses import attempts
from courses.access import attempt_for_learner, unit_for_learner
from courses.attempts import Closed
from courses.grading import Unreadable
from courses.models import Attempt


@require_POST
@require_person
def begin(request: HttpRequest, code: UUID) -> HttpResponse:
    """`/units/<uuid>/begin/`: a new turn, or the one that runs; else the page says why not."""
    user = person(request)
    unit = unit_for_learner(user, code)
    if not attempts.is_test(unit):
        raise Http404
    try:
        begun = attempts.begin(user, unit, now=timezone.now())
    except Closed as closed:
        return units.page(request, user, unit, problem=closed.code)
    return redirect("classroom:attempt", id=begun.id)


@require_safe
@require_person
def attempt(request: HttpRequest, id: UUID) -> HttpResponse:
    """One question; without `?place=` the first that has no answer."""
    now = timezone.now()
    found = _running(person(request), id, now)
    if found.handed_in_at is not None:
        return redirect("classroom:report", id=id)
    number = _number(request.GET.get("place", "")) or asking.first_blank(found)
    return _question(request, found, number, now=now)


@require_POST
@require_person
def answer(request: HttpRequest, id: UUID) -> HttpResponse:
    """Keep what was given for one place and go on to `next`; with `stay` only keep it (204)."""
    now = timezone.now()
    found = _running(person(request), id, now)
    number, stay = _number(request.POST.get("place", "")), "stay" in request.POST
    try:
        _keep(request, found, number, now)
    except Closed:
        return HttpResponse(status=409) if stay else redirect("classroom:report", id=id)
    except Unreadable as unreadable:
        if stay:
            return HttpResponse(str(unreadable), status=422, content_type="text/plain")
        return _question(request, found, number, str(unreadable), now=now)
    return HttpResponse(status=204) if stay else redirect(_onward(request, id))


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def hand_in(request: HttpRequest, id: UUID) -> HttpResponse:
    """What is answered and what is not; a POST hands it in, once and for all."""
    now = timezone.now()
    found = _running(person(request), id, now)
    if request.method == "POST" or found.handed_in_at is not None:
        handing_in.hand_in(found, now=now)
        return redirect("classroom:report", id=id)
    context = {"page": units.around(found.learner, found.unit), "turn": asking.turn(found, now=now)}
    return render(request, "classroom/test_hand_in.html", context)


@require_safe
@require_person
def report(request: HttpRequest, id: UUID) -> HttpResponse:
    """How it went; a test that still runs is led back to."""
    now = timezone.now()
    found = _running(person(request), id, now)
    if found.handed_in_at is None:
        return redirect("classroom:attempt", id=id)
    context = {
        "page": units.around(found.learner, found.unit),
        "report": reports.report(found, now=now),
    }
    return render(request, "classroom/test_report.html", context)


def _running(user: User, id: UUID, now: datetime) -> Attempt:
    """One's own Attempt as it stands now."""
    return handing_in.settled(attempt_for_learner(user, id), now=now)


def _question(
    request: HttpRequest, found: Attempt, number: int, problem: str = "", *, now: datetime
) -> HttpResponse:
    shown = asking.page(found, number, problem, now=now)
    if shown is None:
        raise Http404
    context = {"page": units.around(found.learner, found.unit), "at": shown, "turn": shown.turn}
    status = 422 if problem else 200
    return render(request, "classroom/test_question.html", context, status=status)


def _keep(request: HttpRequest, found: Attempt, number: int, now: datetime) -> None:
    places = attempts.places_of(found.unit)
    if not 1 <= number <= len(places):
        raise Http404
    question = places[number - 1]
    attempts.keep(
        found,
        question,
        given_in(question.kind, request.POST),
        elapsed_ms=_number(request.POST.get("elapsed_ms", "")),
        now=now,
    )


def _onward(request: HttpRequest, id: UUID) -> str:
    """To the place that the button named, or to handing in after the last one."""
    number = _number(request.POST.get("next", ""))
    if not number:
        return reverse("classroom:hand_in", args=[id])
    return f"{reverse('classroom:attempt', args=[id])}?place={number}"


def _number(text: str) -> int:
    return int(text[:9]) if text.isascii() and text.isdigit() else 0
