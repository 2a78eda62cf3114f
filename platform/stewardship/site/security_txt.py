"""`/.well-known/security.txt` (RFC 9116): where to report a vulnerability of this site."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.site import site_facts
from accounts.site.site_address import site_address
from accounts.site.site_facts import SiteFacts

ADDRESS: Final = "/.well-known/security.txt"
# The file is generated on request, so a short validity costs nothing; the RFC asks for less than a
# year.
VALID_FOR: Final = timedelta(days=90)
E_MAIL: Final = re.compile(r"[\w.+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE | re.ASCII)
PAGE: Final = re.compile(r"https://[^\s,;]+")
PHONE: Final = re.compile(r"\+\d[\d ()/-]{5,}\d")


@require_safe
def security_text(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    text = write_text(site_facts.current(), timezone.now())
    if not text:
        raise Http404
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def write_text(facts: SiteFacts, now: datetime) -> str:
    """Return the file, or "" if the recorded contact cannot be written as a URI."""
    contact = find_contact(facts.contact)
    if not contact:
        return ""
    day = (now.astimezone(UTC) + VALID_FOR).date()
    lines = [
        f"Contact: {contact}",
        f"Expires: {datetime.combine(day, time.min, UTC):%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(_languages(facts))}",
    ]
    if settings.SITE_ADDRESS:
        lines.append(f"Canonical: {site_address()}{ADDRESS}")
    return "\n".join(lines) + "\n"


def find_contact(text: str) -> str:
    """Return the first email, web page or phone number in the text as a URI, or ""."""
    if found := E_MAIL.search(text):
        return f"mailto:{found[0]}"
    if found := PAGE.search(text):
        return found[0].rstrip(".)")
    # Without a country code, the number works from one country only.
    if found := PHONE.search(text):
        return f"tel:+{re.sub(r'[^0-9]', '', found[0])}"
    return ""


def _languages(facts: SiteFacts) -> list[str]:
    """Return the site's languages without regions, its default first."""
    codes = sorted(facts.language_names, key=lambda code: code != facts.language)
    return list(dict.fromkeys(code.partition("-")[0] for code in codes))
