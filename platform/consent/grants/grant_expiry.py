"""Grants that end by themselves: expired, or agreed to under a text that was replaced (I-3).

The gate has refused such a consent from the first moment. Here it is found, so that it is ended for
good and its data deleted. A changed text leaves GRACE to read it and decide again. A consent given
at another age, or lacking a required Guardian, ends at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet

from accounts.models import AGE_BANDS, User
from consent.grants.grant_reducer import ENDINGS
from consent.grants.guardian_consent import has_guardian, needs_two
from consent.legal_profiles import profiles
from consent.models import Grant
from consent.notices.notices import has_newer
from consent.scopes import GRANT_SCOPES, RESEARCH_SCOPES

GRACE = timedelta(days=14)
REMIND = timedelta(days=14)
HAS_CONSENT = Q(live=True) | Q(guardian_at__isnull=False) | Q(assent_at__isnull=False)
HAS_BOTH = Q(guardian_at__isnull=False, assent_at__isnull=False)


def find_due(now: datetime) -> Iterator[tuple[UUID, str, list[str]]]:
    """Yield for each person with ended consents: their code, the verb, the scopes."""
    for verb in ENDINGS:
        rows = (
            _find_ended(verb, now)
            .order_by("learner", "scope")
            .values_list("learner__code", "scope")
        )
        found: dict[UUID, list[str]] = {}
        for code, name in rows:
            found.setdefault(code, []).append(name)
        yield from ((code, verb, names) for code, names in found.items())


def find_ended_scopes(person: User, verb: str, now: datetime) -> set[str]:
    """Return the scopes of this person that have ended; checked again under the lock."""
    return set(_find_ended(verb, now).filter(learner=person).values_list("scope", flat=True))


def _find_ended(verb: str, now: datetime) -> QuerySet[Grant]:
    grants = Grant.objects.filter(HAS_CONSENT, learner__is_active=True)
    if verb == "expire":
        return grants.filter(Q(expires_at__lte=now) | _match_ended_study(now))
    other_age = ~Q(notice__age_band=F("learner__age_band"))
    no_guardian = Q(has_guardian=False, guardian_at__isnull=False)
    return grants.annotate(replaced=has_newer(now - GRACE), has_guardian=has_guardian()).filter(
        Q(replaced=True)
        | other_age
        | (needs_guardian_condition(now) & (no_guardian | (Q(live=True) & ~HAS_BOTH)))
    )


def _match_ended_study(now: datetime) -> Q:
    """Return the scopes for research, if the site's study has ended."""
    over = profiles.has_study_ended(profiles.current(now=now), now=now)
    return Q(scope__in=RESEARCH_SCOPES if over else [])


def needs_guardian_condition(now: datetime) -> Q:
    """Return a condition for Grants that need a Guardian's consent as well."""
    profile = profiles.current(now=now)
    found = Q(pk__in=[])
    for band in AGE_BANDS:
        names = [name for name in GRANT_SCOPES if needs_two(profile, band, name)]
        if names:
            found |= Q(learner__age_band=band, scope__in=names)
    return found
