"""`/accounts/tokens/`: what lets a program use the API in one's name, shown once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import may_act, require_person, require_recent_to_act, signed_in
from accounts.api_tokens import api_tokens
from accounts.models import User


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_person
@require_recent_to_act
def tokens(request: HttpRequest) -> HttpResponse:
    """List the tokens one has, and make one; ending one never asks for a confirmation."""
    user, now = signed_in(request), timezone.now()
    if request.method != "POST":
        return _show(request, user, now)
    days = request.POST.get("days", "")
    try:
        _, text = api_tokens.make(
            user,
            request.POST.get("name", ""),
            request.POST.get("may", ""),
            int(days) if days.isdecimal() else 0,
            now=now,
        )
    except ValueError as wrong:
        return _show(request, user, now, problem=str(wrong), status=400)
    return _show(request, user, now, text=text, status=201)


@never_cache
@require_POST
@require_person
def take_back(request: HttpRequest, code: UUID) -> HttpResponse:
    """Good for nothing from the next request on."""
    if not api_tokens.take_back(signed_in(request), code):
        raise Http404
    return redirect("accounts:tokens")


def _show(
    request: HttpRequest,
    user: User,
    now: datetime,
    *,
    text: str = "",
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    rows = api_tokens.of(user, now=now).select_related("user")
    context = {
        "tokens": [(row, api_tokens.name_of(row)) for row in rows],
        "days": api_tokens.DAYS,
        "usual": api_tokens.USUAL_DAYS,
        "longest_name": api_tokens.LONGEST_NAME,
        "text": text,
        "may_act": may_act(request),
        "problem": problem,
    }
    return render(request, "accounts/tokens.html", context, status=status)
