"""In which language and time zone a page is: the account's language, or else what is asked for.

Only languages that the site offers count. Without a time zone of the account that of the site
counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from accounts.models import User
from accounts.site import site_facts
from accounts.site.site_facts import SiteFacts

# A balancer asks whether this process lives, also while the database is away.
ASKS_NOTHING: Final = "/health/live"


def of(user: User) -> str:
    """For what is made outside of this person's own request: their language, or the site's."""
    facts = site_facts.current()
    return chosen(user, facts) or facts.language


def chosen(user: User, facts: SiteFacts) -> str:
    """The language kept with the account, while the site offers it; "" where none is."""
    return user.language if user.language in facts.language_names else ""


def find_time_zone(user: object, facts: SiteFacts) -> ZoneInfo:
    """Return the time zone of the account, or else of the site."""
    chosen = site_facts.find_zone(user.time_zone) if isinstance(user, User) else None
    return chosen or facts.zone


class Spoken:
    """Answers each request in the language of the account, else as cookie and browser ask; and in
    the time zone of the account, else of the site."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asks = request.path != ASKS_NOTHING
        facts = site_facts.current() if asks else site_facts.NOTHING
        code = language_of(request, facts)
        zone = find_time_zone(request.user, facts) if asks else facts.zone
        with translation.override(code), timezone.override(zone):
            response = self.get_response(request)
        response.setdefault("Content-Language", code)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


def language_of(request: HttpRequest, facts: SiteFacts) -> str:
    user = request.user
    kept = chosen(user, facts) if isinstance(user, User) else ""
    return kept or _asked_for(request, facts)


def _asked_for(request: HttpRequest, facts: SiteFacts) -> str:
    """The first language of cookie and browser that the site offers, else the site's own."""
    accepted = parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
    wished = [request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""), *(one for one, _ in accepted)]
    for wish in wished:
        with suppress(LookupError):
            found = translation.get_supported_language_variant(wish)
            if found in facts.language_names:
                return found
    return facts.language


def of_socket(scope: Mapping[str, Any], facts: SiteFacts) -> str:
    """That of the page which opened the socket: it brings the same cookies and wishes along."""
    page = HttpRequest()
    page.user = scope.get("user")  # type: ignore[assignment]
    page.COOKIES = scope.get("cookies", {})
    accepted = dict(scope["headers"]).get(b"accept-language", b"")
    page.META["HTTP_ACCEPT_LANGUAGE"] = accepted.decode("latin-1")
    return language_of(page, facts)
