"""`/steward/retention/`: how long what is kept, the quarterly review, legal holds."""

from __future__ import annotations

import secrets
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import person_for_steward, require_recent, require_role
from courses.answers.numerals import read_whole
from privacy.retention import legal_holds
from privacy.retention.legal_holds import HOLDABLE, LONGEST_DAYS, LONGEST_REASON, CannotHold, Hold
from stewardship import access
from stewardship.consent_register import short
from stewardship.retention import review as retention_review
from stewardship.retention.review import SEEDS, CannotSign

NO_PERSON = lazy("Enter the person code. You can find it on the person’s page under People.")


@require_safe
@require_role("steward")
def overview(request: HttpRequest) -> HttpResponse:
    """The state of retention; `?seed=` draws a sample of leaves again."""
    return _page(request, _seed(request.GET.get("seed", "")))


@require_POST
@require_role("steward")
@require_recent
def review(request: HttpRequest) -> HttpResponse:
    """Sign off what was looked at."""
    user, seed = access.steward(request), _seed(request.POST.get("seed", ""))
    try:
        retention_review.sign_off(user, seed, now=timezone.now())
    except CannotSign as bad:
        return _page(request, seed, str(bad), 422)
    return redirect("stewardship:retention")


@require_POST
@require_role("steward")
@require_recent
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a legal hold."""
    user, given = access.steward(request), request.POST
    code, days = _code(given.get("code", "")), read_whole(given.get("days", ""))
    try:
        if code is None:
            raise CannotHold(NO_PERSON)
        person = person_for_steward(user, code)
        wanted, length = given.get("category", ""), days or 0
        now, reason = timezone.now(), given.get("reason", "")
        made = legal_holds.ask(user, person, wanted, reason, days=length, now=now)
    except CannotHold as bad:
        return _page(request, _seed(""), str(bad), 422)
    return redirect("stewardship:hold", id=made.id)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("steward")
@require_recent
def hold(request: HttpRequest, id: UUID) -> HttpResponse:
    """A hold with its reason, which leaves a leaf; POST confirms or ends it."""
    user = access.steward(request)
    found = access.hold(user, id)
    if request.method != "POST":
        return _hold(request, found)
    act = {"confirm": legal_holds.confirm, "end": legal_holds.end}.get(request.POST.get("act", ""))
    try:
        if act is None:
            raise CannotHold(_("Choose whether to confirm or end the legal hold."))
        act(user, id, now=timezone.now())
    except CannotHold as bad:
        return _hold(request, found, str(bad), 422)
    return redirect("stewardship:retention")


def _page(request: HttpRequest, seed: int, problem: str = "", status: int = 200) -> HttpResponse:
    context = {
        "place": "retention",
        "problem": problem,
        "kept": retention_review.look(seed, now=timezone.now()),
        "kinds": [(category, retention_review.called(category)) for category in HOLDABLE],
        "longest": LONGEST_DAYS,
        "longest_reason": LONGEST_REASON,
    }
    return render(request, "stewardship/retention.html", context, status=status)


def _hold(request: HttpRequest, found: Hold, problem: str = "", status: int = 200) -> HttpResponse:
    now = timezone.now()
    context = {
        "place": "retention",
        "problem": problem,
        "hold": found,
        "person": short(found.person.code),
        "what": retention_review.called(found.category),
        "reason": legal_holds.reason_of(found),
        "own": found.asked_by == request.user,
        "waiting": legal_holds.open_requests(now).filter(pk=found.pk).exists(),
        "holding": legal_holds.in_force(now).filter(pk=found.pk).exists(),
    }
    return render(request, "stewardship/hold.html", context, status=status)


def _seed(text: str) -> int:
    """The seed asked for, or a new one by chance."""
    asked = text.isdecimal() and len(text) <= len(str(SEEDS))
    return int(text) if asked else secrets.randbelow(SEEDS)


def _code(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None
