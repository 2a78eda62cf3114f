"""Which yes is over by itself: run out, or told by a text that was replaced (I-3).

The gate has refused such a yes from the first moment; here it is found so that it falls for good
and what was taken under it goes. A changed text leaves GRACE to read it and decide again. What was
allowed at another age, or needs a Guardian who is missing, is over at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet

from accounts.models import AGE_BANDS, User
from consent.grants.grant_reducer import ENDINGS
from consent.grants.guardian_consent import guarded, takes_two
from consent.legal_profiles import profiles
from consent.models import Grant
from consent.notices.notices import newer
from consent.scopes import GRANT_SCOPES, RESEARCH_SCOPES

GRACE = timedelta(days=14)
REMIND = timedelta(days=14)
HELD = Q(live=True) | Q(guardian_at__isnull=False) | Q(assent_at__isnull=False)
BOTH = Q(guardian_at__isnull=False, assent_at__isnull=False)


def due(now: datetime) -> Iterator[tuple[UUID, str, list[str]]]:
    """Each person with something that is over: their code, the verb, the scopes."""
    for verb in ENDINGS:
        rows = _over(verb, now).order_by("learner", "scope").values_list("learner__code", "scope")
        found: dict[UUID, list[str]] = {}
        for code, name in rows:
            found.setdefault(code, []).append(name)
        yield from ((code, verb, names) for code, names in found.items())


def over(person: User, verb: str, now: datetime) -> set[str]:
    """What of this person's is over; asked again under the lock before it falls."""
    return set(_over(verb, now).filter(learner=person).values_list("scope", flat=True))


def _over(verb: str, now: datetime) -> QuerySet[Grant]:
    held = Grant.objects.filter(HELD, learner__is_active=True)
    if verb == "expire":
        return held.filter(Q(expires_at__lte=now) | _study_over(now))
    grown = ~Q(notice__age_band=F("learner__age_band"))
    lost = Q(guarded=False, guardian_at__isnull=False)
    return held.annotate(replaced=newer(now - GRACE), guarded=guarded()).filter(
        Q(replaced=True) | grown | (find_shared(now) & (lost | (Q(live=True) & ~BOTH)))
    )


def _study_over(now: datetime) -> Q:
    """What was allowed for research ends with the site's study."""
    over = profiles.study_over(profiles.current(now=now), now=now)
    return Q(scope__in=RESEARCH_SCOPES if over else [])


def find_shared(now: datetime) -> Q:
    """The Grants that need a Guardian's yes, too."""
    profile = profiles.current(now=now)
    found = Q(pk__in=[])
    for band in AGE_BANDS:
        names = [name for name in GRANT_SCOPES if takes_two(profile, band, name)]
        if names:
            found |= Q(learner__age_band=band, scope__in=names)
    return found
