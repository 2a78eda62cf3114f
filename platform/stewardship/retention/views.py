"""`/steward/retention/`: retention periods, the quarterly review, and legal holds."""

from __future__ import annotations

import secrets
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import (
    current_user,
    person_for_steward,
    require_recent,
    require_role,
    uuid_or_none,
)
from accounts.administration.two_steward_requests import LONGEST_REASON, InvalidRequest, find_open
from courses.answers.numerals import read_whole
from privacy.retention import legal_holds
from privacy.retention.legal_holds import HOLDABLE, LONGEST_DAYS, Hold
from stewardship import access
from stewardship.consent_register import short_code
from stewardship.retention import review as retention_review
from stewardship.retention.review import SEED_LIMIT, CannotSign

NO_PERSON = lazy("Enter the person code. You can find it on the person’s page under People.")


@require_safe
@require_role("steward")
def overview(request: HttpRequest) -> HttpResponse:
    """Show the state of retention; `?seed=` draws a given sample of leaves again."""
    return _render_page(request, _parse_seed(request.GET.get("seed", "")))


@require_POST
@require_role("steward")
@require_recent
def sign_off_review(request: HttpRequest) -> HttpResponse:
    """Sign off the review with this seed."""
    user, seed = current_user(request), _parse_seed(request.POST.get("seed", ""))
    try:
        retention_review.sign_off(user, seed, now=timezone.now())
    except CannotSign as bad:
        return _render_page(request, seed, str(bad), 422)
    return redirect("stewardship:retention")


@require_POST
@require_role("steward")
@require_recent
def request_hold(request: HttpRequest) -> HttpResponse:
    """Request a legal hold."""
    user, given = current_user(request), request.POST
    code, days = uuid_or_none(given.get("code", "").strip()), read_whole(given.get("days", ""))
    try:
        if code is None:
            raise InvalidRequest(NO_PERSON)
        person = person_for_steward(user, code)
        wanted, length = given.get("category", ""), days or 0
        now, reason = timezone.now(), given.get("reason", "")
        made = legal_holds.ask(user, person, wanted, reason, days=length, now=now)
    except InvalidRequest as bad:
        return _render_page(request, _parse_seed(""), str(bad), 422)
    return redirect("stewardship:hold", id=made.id)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("steward")
@require_recent
def answer_hold(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show a hold with its reason, which leaves a leaf; a POST confirms or ends it."""
    user = current_user(request)
    found = access.load_hold(user, id)
    if request.method != "POST":
        return _render_hold(request, found)
    act = {"confirm": legal_holds.confirm, "end": legal_holds.end}.get(request.POST.get("act", ""))
    try:
        if act is None:
            raise InvalidRequest(_("Choose whether to confirm or end the legal hold."))
        act(user, id, now=timezone.now())
    except InvalidRequest as bad:
        return _render_hold(request, found, str(bad), 422)
    return redirect("stewardship:retention")


def _render_page(
    request: HttpRequest, seed: int, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "place": "retention",
        "problem": problem,
        "kept": retention_review.load_review(seed, now=timezone.now()),
        "kinds": [(category, retention_review.category_title(category)) for category in HOLDABLE],
        "longest": LONGEST_DAYS,
        "longest_reason": LONGEST_REASON,
    }
    return render(request, "stewardship/retention.html", context, status=status)


def _render_hold(
    request: HttpRequest, found: Hold, problem: str = "", status: int = 200
) -> HttpResponse:
    now = timezone.now()
    context = {
        "place": "retention",
        "problem": problem,
        "hold": found,
        "person": short_code(found.person.code),
        "what": retention_review.category_title(found.category),
        "reason": found.read_reason(),
        "own": found.asked_by == request.user,
        "waiting": find_open(Hold.objects.filter(pk=found.pk), now).exists(),
        "holding": legal_holds.in_force(now).filter(pk=found.pk).exists(),
    }
    return render(request, "stewardship/hold.html", context, status=status)


def _parse_seed(text: str) -> int:
    """Return the given seed, or a random one."""
    asked = text.isdecimal() and len(text) <= len(str(SEED_LIMIT))
    return int(text) if asked else secrets.randbelow(SEED_LIMIT)
