"""The site's own address, for links that no request has asked for.

It comes from the settings, never from the Host header of a request: who asks for another person's
mail would choose where its link leads.
"""

from __future__ import annotations

from django.conf import settings


def site_address() -> str:
    """Return the first of ATTUNE_ORIGINS, else of ATTUNE_HOSTS, without a slash at the end."""
    named = [each for each in settings.CSRF_TRUSTED_ORIGINS if "*" not in each]
    hosts = [each for each in settings.ALLOWED_HOSTS if not each.startswith((".", "*"))]
    scheme = "https" if settings.HTTPS else "http"
    return str(named[0] if named else f"{scheme}://{hosts[0] if hosts else 'localhost'}")
