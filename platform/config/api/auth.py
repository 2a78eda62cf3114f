"""Authentication of the API: a token in `Authorization: Bearer …`, else the session.

A token gives its owner's access, less if it is read-only, and has the same rate limits as a person.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, CSRFCheck, SessionAuthentication
from rest_framework.request import Request

from accounts.api_tokens import api_tokens
from accounts.models import ApiToken, User
from accounts.sign_in.csrf import failure_code
from config.middleware import rate_limit

BEARER = "Bearer"
# A proxy in front of the site may require it; browsers then send it to every address.
PROXY_SCHEME = "basic"


class ReadOnlyToken(exceptions.PermissionDenied):
    default_detail = "This token may only read."
    default_code = "read_only_token"


class FormCheckFailed(exceptions.PermissionDenied):
    """CSRF failure; the code says whether a fresh token helps."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"CSRF: {reason}")
        self.default_code = failure_code(reason)


class ApiTokenAuthentication(BaseAuthentication):
    """Without the header the next class is tried; an invalid token is refused at once."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        header = request.headers.get("Authorization")
        kind, _, text = (header or "").partition(" ")
        if header is None or kind.lower() == PROXY_SCHEME:
            return None
        now = timezone.now()
        is_ours = kind.lower() == BEARER.lower()
        token = api_tokens.find_by_text(text.strip(), now=now) if is_ours else None
        if token is None:
            raise exceptions.AuthenticationFailed("This token is not good, or not any more.")
        if request.method not in rate_limit.SAFE and token.scope != "write":
            raise ReadOnlyToken
        route = rate_limit.route_of(request._request)
        never = token.user.simulated or route in rate_limit.UNLIMITED
        again = None if never else rate_limit.count_request(token.user, route, now=now)
        if again is not None:
            raise exceptions.Throttled(wait=(again - now).total_seconds())
        return token.user, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return BEARER


class CsrfSessionAuthentication(SessionAuthentication):
    """Session authentication whose CSRF refusal has a code of its own."""

    def enforce_csrf(self, request: Request) -> None:
        # It returns the reason as a text, whatever Django's types say.
        check: Any = CSRFCheck(HttpResponse)
        check.process_request(request)
        if reason := check.process_view(request, None, (), {}):
            raise FormCheckFailed(reason)
