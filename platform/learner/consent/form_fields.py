"""The hidden fields by which a consent form says what stood on it."""

from __future__ import annotations

from django.http import HttpRequest

NOTICE_PREFIX = "notice."
SHOWN_PREFIX = "shown."


def read_prefixed(request: HttpRequest, prefix: str) -> dict[str, str]:
    """What the page said, by group: the code of its notice, or the digest of all its words."""
    found = request.POST.items()
    return {name.removeprefix(prefix): str(it) for name, it in found if name.startswith(prefix)}
