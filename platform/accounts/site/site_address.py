"""The site's own address, for links that no request has asked for.

It comes from the settings, never from the Host header of a request: who asks for another person's
mail would choose where its link leads.
"""

from __future__ import annotations

from django.conf import settings


def site_address() -> str:
    """Return the first of ATTUNE_ORIGINS, else of ATTUNE_HOSTS, without a slash at the end.

    A site that sends mails has one; another one that has only patterns is called by this computer.
    """
    return settings.SITE_ADDRESS.rstrip("/") or "http://localhost"
