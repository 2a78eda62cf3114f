"""The response to a request that failed the CSRF check."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.access import API_PREFIX
from accounts.sign_in import redirects
from accounts.sign_in.fetch_metadata import is_navigation

STALE: Final = "stale_token"
CROSS_SITE: Final = "cross_site"


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return a page for a navigation; for a script, a code that says if a fresh token helps."""
    if not request.path.startswith(API_PREFIX) and is_navigation(request):
        there = redirects.referring_page(request)
        return render(request, "403_csrf.html", {"there": there}, status=403)
    detail = _("Nothing was sent, because the page was open for too long. Reload it.")
    return JsonResponse({"detail": detail, "code": failure_code(reason)}, status=403)


def failure_code(reason: str) -> str:
    """Return the code for a reason. Django's reasons about the token begin with CSRF.

    All others are about the sending site.
    """
    return STALE if reason.startswith("CSRF") else CROSS_SITE
