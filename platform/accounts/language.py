"""In which language somebody is spoken to: the one of their account, or else what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from accounts.models import User


def of(user: User) -> str:
    """For what is made outside of this person's own request: their language, or the site's."""
    return chosen(user) or settings.LANGUAGE_CODE


def chosen(user: User) -> str:
    """The language kept with the account, while the site speaks it; "" where none is."""
    return user.language if user.language in dict(settings.LANGUAGES) else ""


class Spoken:
    """Answers each request in the language of the account, else as cookie and browser ask."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        code = language_of(request)
        with translation.override(code):
            response = self.get_response(request)
        response.setdefault("Content-Language", code)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


def language_of(request: HttpRequest) -> str:
    user = request.user
    kept = chosen(user) if isinstance(user, User) else ""
    return kept or translation.get_language_from_request(request)


def of_socket(scope: Mapping[str, Any]) -> str:
    """That of the page which opened the socket: it brings the same cookies and wishes along."""
    page = HttpRequest()
    page.user = scope.get("user")  # type: ignore[assignment]
    page.COOKIES = scope.get("cookies", {})
    accepted = dict(scope["headers"]).get(b"accept-language", b"")
    page.META["HTTP_ACCEPT_LANGUAGE"] = accepted.decode("latin-1")
    return language_of(page)
