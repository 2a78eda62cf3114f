"""Checks that a request comes from a page made for the signed-in person.

Two people may use one browser: an old tab then sends the first person's input with the second
person's cookie. Each page carries a mark of its person, and its scripts send it along. A request
whose mark differs from that of its session is refused before anything is read or stored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from accounts.models import User

HEADER: Final = "X-Attune-Person"
Respond = Callable[[HttpRequest], HttpResponse]


def page_mark(user: User) -> str:
    """Return the mark in a person's pages: a digest under SECRET_KEY that is used nowhere else.

    It is stored nowhere, so it needs no pepper: withdrawing works without the keystore (ADR 0093).
    """
    return salted_hmac("page-person", str(user.code), algorithm="sha256").hexdigest()[:16]


class PageOwnerMiddleware:
    """Middleware: answer 409 with code `another_person` if the mark and the session differ."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        mark, user = request.headers.get(HEADER), request.user
        if not mark or not isinstance(user, User):
            return self.get_response(request)
        if constant_time_compare(mark, page_mark(user)):
            return self.get_response(request)
        detail = _("Nothing was sent, because another person is now signed in here.")
        return JsonResponse({"detail": detail, "code": "another_person"}, status=409)
