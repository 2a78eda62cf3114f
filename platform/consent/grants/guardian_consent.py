"""Who has to say yes: the person alone, or a Guardian and the person both (I-5).

People have an age band, not a birthday: child is under 13, teen 13 to 17, adult 18 or more. The
profile says from which age a person decides alone in the country of this site (setting COUNTRY;
without one the highest age counts). A band decides alone only if its youngest may: where the age is
13 a teen does, where it is 14 to 18 every teen needs the Guardian, too. Two have to agree to
what is biometric, and to reports in a class picture; the rest a minor decides alone, where the
profile offers it at all.
"""

from __future__ import annotations

from django.conf import settings
from django.db.models import Exists, OuterRef

from accounts.age_bands import YOUNGEST
from accounts.models import Guardianship, User
from consent.legal_profiles.profiles import Profile
from consent.scopes import split


def needs_guardian(profile: Profile | None, age_band: str) -> bool:
    """Return whether a person of this age cannot decide alone here."""
    if profile is None or profile.minors != "guardian":
        return False
    return YOUNGEST[age_band] < profile.age_alone(settings.COUNTRY)


def takes_two(profile: Profile | None, age_band: str, scope: str) -> bool:
    """Return whether this scope of such a person needs a Guardian's yes and their own."""
    return needs_guardian(profile, age_band) and split(scope)[0].guarded


def may_decide(guardian: User, ward: User) -> bool:
    """The one place that says whether this actor may speak as the Guardian of this person."""
    return guardian.is_active and ward.guardianships.filter(guardian=guardian).exists()


def guarded(learner: str = "learner") -> Exists:
    """For a query: whether the person behind the column `learner` has a Guardian now."""
    bonds = Guardianship.objects.filter(ward=OuterRef(learner), guardian__is_active=True)
    return Exists(bonds)
