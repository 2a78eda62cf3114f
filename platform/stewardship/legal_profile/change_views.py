"""`/steward/profile/change/`: one Steward requests another legal profile, another confirms it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import current_user, require_recent, require_role
from accounts.administration.two_steward_requests import LONGEST_REASON, OPEN_FOR, InvalidRequest
from consent.legal_profiles import change_requests
from consent.legal_profiles.profiles import NAMES, current, load_named
from consent.models import ProfileChange
from stewardship import access
from stewardship.legal_profile import impact
from stewardship.legal_profile.summary import PURPOSE_WORDS

SHOWN_CHANGES = 10
STATE_TEXTS = {
    "asked": lazy("requested"),
    "confirmed": lazy("confirmed"),
    "declined": lazy("declined"),
    "cancelled": lazy("withdrawn"),
    "lapsed": lazy("expired"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("steward")
@require_recent
def change_profile(request: HttpRequest) -> HttpResponse:
    """Show the choice, with `?to=` its effects, and a pending request; a POST requests a change."""
    if request.method != "POST":
        return _render_page(request, request.GET.get("to", ""))
    user, wanted = current_user(request), request.POST.get("to", "")
    try:
        change_requests.request_change(
            user, wanted, request.POST.get("reason", ""), now=timezone.now()
        )
    except InvalidRequest as bad:
        return _render_page(request, wanted, str(bad), 422)
    return redirect("stewardship:profile-change")


@require_POST
@require_role("steward")
@require_recent
def answer_change(request: HttpRequest, id: UUID) -> HttpResponse:
    """Confirm or decline another Steward's request, or withdraw one's own."""
    acts = {"confirm": change_requests.confirm_change, "end": change_requests.end_request}
    act = acts.get(request.POST.get("act", ""))
    user = current_user(request)
    access.load_profile_change(user, id)
    try:
        if act is None:
            raise InvalidRequest(_("Choose whether to confirm or decline."))
        act(user, id, now=timezone.now())
    except InvalidRequest as bad:
        return _render_page(request, "", str(bad), 422)
    return redirect("stewardship:profile-change")


def _render_page(
    request: HttpRequest, to: str, problem: str = "", status: int = 200
) -> HttpResponse:
    now = timezone.now()
    waiting = change_requests.find_waiting(now)
    shown_profile = waiting.wanted if waiting else to if to in NAMES else ""
    context = {
        "place": "profile",
        "problem": problem,
        "profile": current(now=now),
        "choices": impact.selectable_profiles(),
        "waiting": waiting,
        "until": waiting.asked_at + OPEN_FOR if waiting else None,
        "reason": waiting.read_reason() if waiting else None,
        "own": waiting is not None and waiting.asked_by == request.user,
        "preview": impact.compute_impact(shown_profile, now=now) if shown_profile else None,
        "past": [
            _change_context(row)
            for row in ProfileChange.objects.order_by("-asked_at")[:SHOWN_CHANGES]
        ],
        "longest": LONGEST_REASON,
        "purposes": tuple(PURPOSE_WORDS.values()),
    }
    return render(request, "stewardship/profile_change.html", context, status=status)


def _change_context(change: ProfileChange) -> dict[str, object]:
    removing = change.state == "confirmed" and change.purged_at is None
    return {
        "change": change,
        "state": STATE_TEXTS[change.state],
        "wanted": _title(change.wanted),
        "before": _title(change.before),
        "removing": removing,
    }


def _title(name: str) -> str:
    return _(load_named(name).title) if name else _("no profile")
