"""The answer to a request whose form check (CSRF) failed."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.access import API_PREFIX
from accounts.sign_in import redirects
from accounts.sign_in.fetch_metadata import navigates

STALE: Final = "stale_token"
CROSS_SITE: Final = "cross_site"


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return a page to a person, and to a script a code that says whether a fresh token helps."""
    if not request.path.startswith(API_PREFIX) and navigates(request):
        there = redirects.came_from(request)
        return render(request, "403_csrf.html", {"there": there}, status=403)
    detail = _("Nothing was sent, because the page was open for too long. Reload it.")
    return JsonResponse({"detail": detail, "code": code_of(reason)}, status=403)


def code_of(reason: str) -> str:
    """Django's reasons about the token begin with CSRF; the others are about the sending site."""
    return STALE if reason.startswith("CSRF") else CROSS_SITE
