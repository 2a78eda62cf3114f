"""`/accounts/tokens/`: create and revoke API tokens; a new token is shown once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import current_user, may_act, require_person, require_recent_to_act
from accounts.api_tokens import api_tokens
from accounts.models import User


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_person
@require_recent_to_act
def tokens(request: HttpRequest) -> HttpResponse:
    """List one's own tokens, and create one; revoking one never needs a confirmation."""
    user, now = current_user(request), timezone.now()
    if request.method != "POST":
        return _show(request, user, now)
    days = request.POST.get("days", "")
    try:
        _, text = api_tokens.make_token(
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
def revoke(request: HttpRequest, code: UUID) -> HttpResponse:
    """Revoke a token; it is refused from the next request on."""
    if not api_tokens.revoke_token(current_user(request), code):
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
    rows = api_tokens.find_valid_tokens(user, now=now).select_related("user")
    context = {
        "tokens": [(row, api_tokens.read_name(row)) for row in rows],
        "days": api_tokens.DAYS,
        "usual": api_tokens.DEFAULT_DAYS,
        "longest_name": api_tokens.MAX_NAME_LENGTH,
        "text": text,
        "may_act": may_act(request),
        "problem": problem,
    }
    return render(request, "accounts/tokens.html", context, status=status)
