"""Holds a page's requests to the person the page was made for.

Two people may use one browser: an old tab then sends the first person's words with the second
person's cookie. Each page carries a mark of its person, its scripts send the mark along, and a
request whose mark is not that of its session is refused before anything is read or stored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts.keyed_hash import keyed
from accounts.models import User

HEADER: Final = "X-Attune-Person"
Respond = Callable[[HttpRequest], HttpResponse]


def page_mark(user: User) -> str:
    """Return what a page of this person carries: a keyed digest that is used nowhere else."""
    return keyed("page-person", str(user.code))[:16]


class SamePerson:
    """Middleware: answers 409 with the code `another_person` where mark and session differ."""

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
