"""`/accounts/language/`: choose the language of pages and, with an account, the time zone."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.sign_in import redirects
from accounts.site import site_facts


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Save the choice in the account, or in a cookie for visitors; an empty value resets it."""
    code = request.POST.get("language", "")
    if code and code not in site_facts.current().language_names:
        return HttpResponseBadRequest("Expected one of the languages offered.")
    zone = request.POST.get("time_zone", "")
    if zone and site_facts.find_zone(zone) is None:
        return HttpResponseBadRequest("Expected one of the time zones offered.")
    response = redirect(redirects.next_page(request))
    if isinstance(request.user, User):
        request.user.language, request.user.time_zone = code, zone
        request.user.save(update_fields=["language", "time_zone"])
    if code and not isinstance(request.user, User):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite="Lax",
        )
    else:
        # Otherwise an earlier choice in this browser would override "as my browser asks".
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
    return response
