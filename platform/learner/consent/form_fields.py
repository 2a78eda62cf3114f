"""The hidden fields with which a consent form returns what was shown on it."""

from __future__ import annotations

from django.http import HttpRequest

NOTICE_PREFIX = "notice."
SHOWN_PREFIX = "shown."


def read_prefixed(request: HttpRequest, prefix: str) -> dict[str, str]:
    """Return the fields with this prefix by group: notice codes, or digests of the text."""
    found = request.POST.items()
    return {name.removeprefix(prefix): str(it) for name, it in found if name.startswith(prefix)}
