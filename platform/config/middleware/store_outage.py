"""Answer 503 where the store of the media or the keystore does not answer (ADR 0094)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.sessions.outages import log_page_outage
from config.request_body.refusals import BodyRefusal, answer_refusal
from courses.media.stored_file import StoreUnavailable
from vault.errors import KeystoreBusy

FILES_AWAY: Final = BodyRefusal(
    503,
    "files_unavailable",
    _("Files cannot be opened now"),
    _("Nothing was saved. This site cannot reach its file storage. Try again in a minute."),
    again_s=60,
)
# Something may have been saved before the key was missing: a page is made after what it reports.
KEYS_AWAY: Final = BodyRefusal(
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
    """Return the page as a visitor sees it: the person's name and mark need keys, too."""
    log_page_outage(error)
    request.user = AnonymousUser()
    notes: list[str] = getattr(error, "__notes__", [])
    text = " ".join([*notes, str(KEYS_AWAY.text)])
    return answer_refusal(request, dataclasses.replace(KEYS_AWAY, text=text))
