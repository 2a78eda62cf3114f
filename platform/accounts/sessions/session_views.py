"""What an open page asks about its session: whose it is, and a fresh CSRF token."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import current_user, require_person
from accounts.sessions.page_owner import page_mark


@require_safe
@require_person
def session(request: HttpRequest) -> HttpResponse:
    """`/accounts/session/`: the page compares the mark with its own before it sends anything."""
    return JsonResponse({"person": page_mark(current_user(request)), "token": get_token(request)})


@require_safe
@require_person
def show_signed_in(request: HttpRequest) -> HttpResponse:
    """`/accounts/signed-in/`: the last page of signing in again in a second tab."""
    return render(request, "accounts/signed_in.html")
