"""Answer 503 where the store of the media does not answer (ADR 0094)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from config.request_body.refusals import BodyRefusal, answer_refusal
from courses.media.stored_file import StoreUnavailable

OUTAGE: Final = BodyRefusal(
    503,
    "files_unavailable",
    _("Files cannot be opened now"),
    _("Nothing was saved. This site cannot reach its file storage. Try again in a minute."),
    again_s=60,
)


class StoreOutageMiddleware:
    """Middleware: say that files cannot be opened, whichever view needed one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return answer_refusal(request, OUTAGE) if isinstance(error, StoreUnavailable) else None
