"""Whether a request opens a page in a tab, or comes from a script, a picture or a film."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest

SCRIPTS: Final = ("HX-Request", "X-Requested-With")


def navigates(request: HttpRequest) -> bool:
    """Return True only for the navigation of a whole tab; a doubtful request does not navigate.

    Browsers say it in Sec-Fetch-Mode and Sec-Fetch-Dest, but not over plain http to another
    machine. Without these headers a navigation is known by its Accept, which names HTML.
    """
    if any(name in request.headers for name in SCRIPTS):
        return False
    mode, destination = (request.headers.get(f"Sec-Fetch-{name}") for name in ("Mode", "Dest"))
    if mode or destination:
        return (mode, destination) == ("navigate", "document")
    return "text/html" in request.headers.get("Accept", "")
