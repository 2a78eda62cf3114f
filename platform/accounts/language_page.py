"""`/accounts/language/`: choose the language of the pages; open to visitors, too."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts import site_facts, ways_back
from accounts.models import User


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Kept with the account, for visitors in a cookie; an empty one takes the choice back."""
    code = request.POST.get("language", "")
    if code and code not in site_facts.current().language_names:
        return HttpResponseBadRequest("Expected one of the languages offered.")
    response = redirect(ways_back.wanted(request))
    if isinstance(request.user, User):
        request.user.language = code
        request.user.save(update_fields=["language"])
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
        # What a visitor chose in this browser would else outlive "as my browser asks".
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
    return response
