"""What an open page asks about its session: whose it is, and a fresh CSRF token."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import require_person, signed_in
from accounts.sessions.page_owner import page_mark


@require_safe
@require_person
def session(request: HttpRequest) -> HttpResponse:
    """`/accounts/session/`: the page compares the mark with its own before it sends anything."""
    return JsonResponse({"person": page_mark(signed_in(request)), "token": get_token(request)})


@require_safe
@require_person
def back(request: HttpRequest) -> HttpResponse:
    """`/accounts/signed-in/`: the end of signing in again next to a page that is still open."""
    return render(request, "accounts/signed_in.html")
