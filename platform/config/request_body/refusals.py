"""The response to a request that is not served: a page, or data for the API and for scripts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.access import API_PREFIX

# Key in the ASGI scope of a request whose body was refused.
REFUSAL: Final = "attune.body_refusal"
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class RequestRefusal:
    """Why a request is not served: its body is refused, or files or keys are away.

    `title` and `text` say what to do; `again_s` > 0: the same may be sent again after that.
    """

    status: int
    code: str
    title: str | Promise
    text: str | Promise
    again_s: int = 0


TOO_LARGE: Final = RequestRefusal(
    413,
    "too_large",
    _("This is too large"),
    _("Nothing was saved. What you sent is too large for this page. Send less at a time."),
)
NOT_SIGNED_IN: Final = RequestRefusal(
    401,
    "not_signed_in",
    _("You are not signed in"),
    _("Nothing was saved. Sign in, then upload the file again."),
)
TOO_SLOW: Final = RequestRefusal(
    408,
    "too_slow",
    _("The upload took too long"),
    _("Nothing was saved. Check your connection, then upload it again."),
    again_s=10,
)
TOO_MANY_UPLOADS: Final = RequestRefusal(
    429,
    "too_many_uploads",
    _("Your other files are still uploading"),
    _("Nothing of this file was saved. Wait until the others have finished, then upload it again."),
    again_s=60,
)
BUSY: Final = RequestRefusal(
    503,
    "busy",
    _("The site is busy"),
    _("Nothing was saved. The site is receiving too much data right now. Try again in a minute."),
    again_s=60,
)
NUL_SENT: Final = RequestRefusal(
    400,
    "invalid",
    _("This contains a character that cannot be saved"),
    _("Nothing was saved. Type the text again instead of pasting it, then send it again."),
)


class BodyRefusalMiddleware:
    """Middleware: answer a refused body, or a NUL, which PostgreSQL cannot store.

    It comes last, so that the response has the language and headers of every other.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        scope: dict[str, Any] = getattr(request, "scope", {})
        refusal: RequestRefusal | None = scope.get(REFUSAL)
        return self.get_response(request) if refusal is None else answer_refusal(request, refusal)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Refuse a NUL only after the CSRF check, so that no stranger's body is parsed."""
        return answer_refusal(request, NUL_SENT) if _has_nul(request) else None


def _has_nul(request: HttpRequest) -> bool:
    fields = chain(request.GET.lists(), request.POST.lists())
    return any("\0" in text for name, values in fields for text in (name, *values))


def _reads_json(request: HttpRequest) -> bool:
    """Return whether the sender is an API client, or a script that shows the words itself."""
    if request.path.startswith(API_PREFIX):
        return True
    return request.get_preferred_type(["text/html", JSON]) == JSON


def answer_refusal(request: HttpRequest, refusal: RequestRefusal) -> HttpResponse:
    """Return the page of the refusal, or its data for a program."""
    response: HttpResponse
    if _reads_json(request):
        content = {"detail": str(refusal.text), "code": refusal.code}
        response = JsonResponse(content, status=refusal.status)
    else:
        response = render(request, "refused.html", {"refusal": refusal}, status=refusal.status)
    if refusal.again_s:
        response["Retry-After"] = str(refusal.again_s)
    response["Connection"] = "close"
    return response
