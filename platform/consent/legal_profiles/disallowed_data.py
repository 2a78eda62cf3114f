"""Data that people consented to but the legal profile in force forbids: locked, and still stored.

A change by two Stewards deletes it (`privacy.retention.legal_profile_purge`). If only the site's
setting changed, nothing is deleted, because one person with a shell must not be able to; the site
reports it instead. While a consent is live, its data is stored; every other ending of a consent
deletes it (I-24).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import LegalProfile
from consent.models import Grant
from consent.permits.errors import Refused
from consent.permits.gate import require_offered

ADVICE = lazy(
    "To delete it permanently, two data stewards must agree on a legal profile at "
    "/steward/profile/change/, either the one in force or another: one requests it, "
    "another confirms."
)


def count_disallowed(*, now: datetime) -> Mapping[str, int]:
    """Return the scopes that are locked but stored, with a count of people. Raises ProfileError."""
    profile = profiles.current(now=now)
    rows = Grant.objects.filter(live=True).values_list("scope", "learner__age_band")
    found: dict[str, int] = {}
    for name, band, people in rows.annotate(n=Count("pk")).order_by("scope"):
        if not _is_offered(band, name, profile):
            found[name] = found.get(name, 0) + people
    return found


def describe_disallowed(found: Mapping[str, int]) -> str:
    """Return a sentence for the operator about the stored data, or ""."""
    if not found:
        return ""
    scopes = ", ".join(f"{name} ({_format_people(number)})" for name, number in found.items())
    text = _("Not allowed by the legal profile in force; locked but still stored: {scopes}.")
    return text.format(scopes=scopes)


def _format_people(number: int) -> str:
    return ngettext("{n} person", "{n} people", number).format(n=number)


def _is_offered(band: str, name: str, profile: LegalProfile | None) -> bool:
    try:
        require_offered(band, name, profile)
    except Refused:
        return False
    return True
