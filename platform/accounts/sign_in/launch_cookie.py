"""The cookie of a first launch from a learning platform that waits for a sign-in (`lti`)."""

from __future__ import annotations

from django.conf import settings


def name_launch_cookie() -> str:
    """Return its name; the prefix `__Host-` keeps neighbouring sites from setting it."""
    return f"{settings.HOST_ONLY}lti-first"
