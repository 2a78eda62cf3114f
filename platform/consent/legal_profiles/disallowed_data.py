"""What people said yes to and the legal profile in force does not allow: locked, and still held.

A change by two Stewards removes it (`privacy.retention.legal_profile_purge`). Where only the site's
setting changed nothing is removed, because one person with a shell must not be able to: the site
says so instead. While a yes is live, what was taken under it is held; each other ending of a yes
removes it (I-24).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import Profile
from consent.models import Grant
from consent.permits.errors import Refused
from consent.permits.gate import offered

HOW = lazy(
    "To delete it permanently, two data stewards must agree on a legal profile at "
    "/steward/profile/change/, either the one in force or another: one requests it, "
    "another confirms."
)


def left_over(*, now: datetime) -> Mapping[str, int]:
    """Each scope that is locked and held, with the number of people. Raises ProfileError."""
    profile = profiles.current(now=now)
    rows = Grant.objects.filter(live=True).values_list("scope", "learner__age_band")
    found: dict[str, int] = {}
    for name, band, people in rows.annotate(n=Count("pk")).order_by("scope"):
        if not _offered(band, name, profile):
            found[name] = found.get(name, 0) + people
    return found


def sentence(found: Mapping[str, int]) -> str:
    """What is held, in words for who runs the site; empty where nothing is."""
    if not found:
        return ""
    scopes = ", ".join(f"{name} ({_people(number)})" for name, number in found.items())
    text = _("Not allowed by the legal profile in force; locked but still stored: {scopes}.")
    return text.format(scopes=scopes)


def _people(number: int) -> str:
    return ngettext("{n} person", "{n} people", number).format(n=number)


def _offered(band: str, name: str, profile: Profile | None) -> bool:
    try:
        offered(band, name, profile)
    except Refused:
        return False
    return True
