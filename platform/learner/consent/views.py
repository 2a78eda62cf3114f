"""`/consents/`: what Attune may sense. Refusing comes first, is as prominent, and costs nothing
(I-7)."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import current_user, require_role
from accounts.models import User
from consent.models import Notice
from consent.notices.notices import translate_notice
from consent.permits.errors import Refused
from learner.consent.apply_changes import SWITCHES, renew_group, save_switches, switch_off
from learner.consent.form_fields import NOTICE_PREFIX, SHOWN_PREFIX, read_prefixed
from learner.consent.guardian_views import load_wards
from learner.consent.notice_html import notice_html
from learner.consent.receipt_views import load_receipts
from learner.consent.view_model import build_page

SAVED = "/consents/?saved=1#receipts"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_role("learner", readers=("guardian",))
def consents(request: HttpRequest) -> HttpResponse:
    """Show a Learner's consents, or a Guardian's list of wards."""
    person = current_user(request)
    if not person.has_role("learner"):
        context = {"wards": load_wards(person, timezone.now())}
        return render(request, "learner/consent/guardian.html", context)
    if request.method != "POST":
        return _show(request, person)
    wanted = request.POST.getlist("on")
    shown, digests = read_prefixed(request, NOTICE_PREFIX), read_prefixed(request, SHOWN_PREFIX)
    try:
        save_switches(person, wanted, shown, timezone.now(), digests=digests)
    except Refused as refusal:
        return _show(request, person, problem=refusal.why, status=409)
    return redirect(SAVED)


@never_cache
@require_POST
@require_role("learner")
def withdraw(request: HttpRequest) -> HttpResponse:
    """Switch off the switches named by `off`, or all of them, at once. Scripts get JSON."""
    person = current_user(request)
    erasure = switch_off(person, request.POST.getlist("off") or SWITCHES, timezone.now())
    if "application/json" not in request.headers.get("Accept", ""):
        return redirect(SAVED)
    at = erasure.asked_at if erasure else timezone.now()
    return JsonResponse({"since": at.isoformat(), "receipt": str(erasure.id) if erasure else None})


@never_cache
@require_POST
@require_role("learner")
def renew_consent(request: HttpRequest) -> HttpResponse:
    """Renew what is on in the group named by `group`, before it expires."""
    person = current_user(request)
    shown, digests = read_prefixed(request, NOTICE_PREFIX), read_prefixed(request, SHOWN_PREFIX)
    try:
        renew_group(person, request.POST.get("group", ""), shown, digests, timezone.now())
    except Refused as refusal:
        return _show(request, person, problem=refusal.why, status=409)
    return redirect(SAVED)


@require_safe
@require_role("learner", "guardian", "teacher", "author", "steward", "researcher")
def notice(request: HttpRequest, code: UUID) -> HttpResponse:
    """Show the exact text of a current or earlier notice."""
    found = Notice.objects.filter(code=code).first()
    if found is None:
        raise Http404
    context = {"notice": found, "text": notice_html(found.body), "spoken": translate_notice(found)}
    return render(request, "learner/consent/notice.html", context)


def _show(
    request: HttpRequest, person: User, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "page": build_page(person, timezone.now()),
        "receipts": load_receipts(person),
        "problem": problem,
        "saved": "saved" in request.GET,
        "guess_here": person.guess_here,
        "here_saved": "here" in request.GET,
    }
    return render(request, "learner/consent/consents.html", context, status=status)
