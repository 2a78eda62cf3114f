"""Detection of page navigations, as opposed to requests by scripts, images or videos."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest

SCRIPTS: Final = ("HX-Request", "X-Requested-With")


def is_navigation(request: HttpRequest) -> bool:
    """Return whether the request navigates a whole tab; False in doubt.

    Browsers send Sec-Fetch-Mode and Sec-Fetch-Dest, but not over plain http to another machine.
    Without these headers a navigation is recognised by an Accept header that names HTML.
    """
    if any(name in request.headers for name in SCRIPTS):
        return False
    mode, destination = (request.headers.get(f"Sec-Fetch-{name}") for name in ("Mode", "Dest"))
    if mode or destination:
        return (mode, destination) == ("navigate", "document")
    return "text/html" in request.headers.get("Accept", "")
