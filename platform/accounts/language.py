"""Language and time zone of a response: the account's setting, else what the browser asks for.

Only languages that the site offers are used. Without a time zone in the account, the site's own is
used.
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

# A load balancer calls it, also while the database is down.
LIVENESS_PATH: Final = "/health/live"


def language_for(user: User) -> str:
    """Return the person's language, or the site's, for output made outside their own request."""
    facts = site_facts.current()
    return saved_language(user, facts) or facts.language


def saved_language(user: User, facts: SiteFacts) -> str:
    """Return the language saved in the account if the site offers it, else ""."""
    return user.language if user.language in facts.language_names else ""


def find_time_zone(user: object, facts: SiteFacts) -> ZoneInfo:
    """Return the time zone of the account, or else of the site."""
    chosen = site_facts.find_zone(user.time_zone) if isinstance(user, User) else None
    return chosen or facts.zone


class LanguageMiddleware:
    """Middleware: activate the language and time zone of each request.

    The account's settings come first, then cookie and browser, then the site's own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        uses_database = request.path != LIVENESS_PATH
        facts = site_facts.current() if uses_database else site_facts.NO_FACTS
        code = request_language(request, facts)
        zone = find_time_zone(request.user, facts) if uses_database else facts.zone
        with translation.override(code), timezone.override(zone):
            response = self.get_response(request)
        response.setdefault("Content-Language", code)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


def request_language(request: HttpRequest, facts: SiteFacts) -> str:
    """Return the language code in which to answer a request."""
    user = request.user
    saved = saved_language(user, facts) if isinstance(user, User) else ""
    return saved or _negotiate_language(request, facts)


def _negotiate_language(request: HttpRequest, facts: SiteFacts) -> str:
    """Return the first language of cookie and browser that the site offers, else the site's own."""
    accepted = parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
    candidates = [
        request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""),
        *(one for one, _ in accepted),
    ]
    for candidate in candidates:
        with suppress(LookupError):
            found = translation.get_supported_language_variant(candidate)
            if found in facts.language_names:
                return found
    return facts.language


def socket_language(scope: Mapping[str, Any], facts: SiteFacts) -> str:
    """Return the language of the page that opened the socket, by the same cookies and headers."""
    page = HttpRequest()
    page.user = scope.get("user")  # type: ignore[assignment]
    page.COOKIES = scope.get("cookies", {})
    accepted = dict(scope["headers"]).get(b"accept-language", b"")
    page.META["HTTP_ACCEPT_LANGUAGE"] = accepted.decode("latin-1")
    return request_language(page, facts)
