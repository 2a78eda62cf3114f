"""Answer 503 where the store of the media (ADR 0094) or the keystore (ADR 0092) is away."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from config.request_body.refusals import RequestRefusal, answer_refusal
from courses.media.stored_file import StoreUnavailable
from vault.errors import KeystoreBusy

logger = logging.getLogger(__name__)
FILES_AWAY: Final = RequestRefusal(
    503,
    "files_unavailable",
    _("Files cannot be opened now"),
    _("Nothing was saved. This site cannot reach its file storage. Try again in a minute."),
    again_s=60,
)
# Something may have been saved before the key was missing: a page is made after what it reports.
KEYS_AWAY: Final = RequestRefusal(
    503,
    "keys_unavailable",
    _("Personal data cannot be opened now"),
    _(
        "This site cannot reach the keys of personal data. Try again in a minute. If you sent "
        "something, check then whether it was saved."
    ),
    again_s=60,
)


class StoreOutageMiddleware:
    """Middleware: say that files or personal data cannot be opened, whichever view needed them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, StoreUnavailable):
            return answer_refusal(request, FILES_AWAY)
        return answer_keys_away(request, error) if isinstance(error, KeystoreBusy) else None


def answer_keys_away(request: HttpRequest, error: KeystoreBusy) -> HttpResponse:
    """Return the page of the outage, and log its cause, which has no personal data."""
    logger.warning("page.away", extra={"kind": type(error).__name__, "why": str(error)})
    return answer_refusal(request, KEYS_AWAY)
