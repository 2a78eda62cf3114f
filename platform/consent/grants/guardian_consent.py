"""Who must consent: the person alone, or the person and a Guardian (I-5).

People have an age band, not a birthday: child is under 13, teen 13 to 17, adult 18 or more. The
profile defines from which age a person decides alone in the site's country (setting COUNTRY;
without one, the highest age). A band decides alone only if its youngest member may: if the age is
13 a teen does; if it is 14 to 18 every teen needs the Guardian too. Two must agree to biometric
streams and to reports in a class picture. A minor decides the rest alone, if the profile offers it.
"""

from __future__ import annotations

from django.conf import settings
from django.db.models import Exists, OuterRef

from accounts.age_bands import YOUNGEST
from accounts.models import Guardianship, User
from consent.legal_profiles.profiles import LegalProfile
from consent.scopes import split


def needs_guardian(profile: LegalProfile | None, age_band: str) -> bool:
    """Return whether a person of this age cannot decide alone here."""
    if profile is None or profile.minors != "guardian":
        return False
    return YOUNGEST[age_band] < profile.age_alone(settings.COUNTRY)


def needs_two(profile: LegalProfile | None, age_band: str, scope: str) -> bool:
    """Return whether this scope needs consent of both the person and a Guardian."""
    return needs_guardian(profile, age_band) and split(scope)[0].guarded


def may_decide(guardian: User, ward: User) -> bool:
    """Return whether this actor may act as the person's Guardian; the only place that decides."""
    return guardian.is_active and ward.guardianships.filter(guardian=guardian).exists()


def has_guardian(learner: str = "learner") -> Exists:
    """Return a query condition: the person in column `learner` has an active Guardian."""
    bonds = Guardianship.objects.filter(ward=OuterRef(learner), guardian__is_active=True)
    return Exists(bonds)
