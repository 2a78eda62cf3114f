"""Checks that a request comes from a page made for the signed-in person.

Two people may use one browser: an old tab then sends the first person's input with the second
person's cookie. Each page carries a mark of its person, and its scripts send it along. A request
whose mark differs from that of its session is refused before anything is read or stored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts.keyed_hash import keyed_digest
from accounts.models import User
from vault.errors import KeystoreBusy

HEADER: Final = "X-Attune-Person"
Respond = Callable[[HttpRequest], HttpResponse]


def page_mark(user: User) -> str:
    """Return the mark in a person's pages: a keyed digest that is used nowhere else."""
    return keyed_digest("page-person", str(user.code))[:16]


class PageOwnerMiddleware:
    """Middleware: answer 409 with code `another_person` if the mark and the session differ."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        mark, user = request.headers.get(HEADER), request.user
        if not mark or not isinstance(user, User):
            return self.get_response(request)
        try:
            right = constant_time_compare(mark, page_mark(user))
        except KeystoreBusy:
            return _answer_keys_away()
        if right:
            return self.get_response(request)
        detail = _("Nothing was sent, because another person is now signed in here.")
        return JsonResponse({"detail": detail, "code": "another_person"}, status=409)


def _answer_keys_away() -> HttpResponse:
    detail = _("Nothing was sent, because this site cannot reach its keys. Try again in a minute.")
    return JsonResponse({"detail": detail, "code": "keys_unavailable"}, status=503)
