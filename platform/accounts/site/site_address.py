"""The site's own address, for links that are made outside a request.

It comes from the settings, never from a request's Host header. Otherwise a person who triggers
another person's mail could choose where its link leads.
"""

from __future__ import annotations

from django.conf import settings


def site_address() -> str:
    """Return the first of ATTUNE_ORIGINS, else of ATTUNE_HOSTS, without a trailing slash.

    A site that sends mail has one; a site that names only patterns gets http://localhost.
    """
    return settings.SITE_ADDRESS.rstrip("/") or "http://localhost"
