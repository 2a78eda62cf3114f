"""The gate: one check whether something may be done now, answered by a Permit for one second.

It fails closed: an unknown scope, a missing profile, a changed notice, a closed account, a clock
before the consent, or any error is Refused (I-1, I-3). A Permit carries the epoch under which rows
may be written; the database checks the epoch again when they are.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext_noop as noop

from consent.grants.guardian_consent import needs_two
from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import ADULTS_ONLY, NO_PROFILE, NOT_OFFERED, LegalProfile
from consent.permits.errors import Refused
from consent.permits.permit_query import ConsentPerson, GrantStatus, load_people
from consent.scopes import SITE_SCOPES, required_scope, split

logger = logging.getLogger(__name__)
PERMIT_LIFETIME = timedelta(seconds=1)
WAITING = noop("Waiting for your parent or guardian. It stays off until they answer.")
CLOCK_BACK = noop(
    "This site’s clock is earlier than the time of your consent, so this stays off "
    "until the clock is corrected."
)


@dataclass(frozen=True, slots=True)
class Permit:
    """This person allows this scope, in this epoch, until this time at the latest."""

    subject: UUID
    scope: str
    epoch: int
    until: datetime

    @property
    def stream(self) -> str:
        """Return the name of the Stream, for a scope with Grants."""
        return self.scope.partition(":")[0]


@dataclass(frozen=True, slots=True)
class GateAnswers:
    """The gate's answers for several scopes: each is either granted or refused."""

    granted: Mapping[str, Permit]
    refused: Mapping[str, Refused]

    @property
    def could_not_check(self) -> bool:
        """Return whether the gate could check none of the scopes."""
        return not self.granted and all(each.could_not_check for each in self.refused.values())

    def permit(self, scope: str) -> Permit:
        """Return the Permit for one of these scopes. Raises Refused."""
        if scope in self.refused:
            raise self.refused[scope]
        return self.granted[scope]


@dataclass(frozen=True, slots=True)
class ScopeTerms:
    """The terms of a scope at one age: the scope it requires, and whether two must consent."""

    required_scope: str
    two: bool


AnswersByPerson = Mapping[UUID, GateAnswers]


def permit(subject: UUID, scope: str, *, now: datetime) -> Permit:
    """Return the Permit for one scope. Raises Refused, and nothing else."""
    return permits(subject, [scope], now=now).permit(scope)


def permits(subject: UUID, scopes: Iterable[str], *, now: datetime) -> GateAnswers:
    """Check several scopes of one person, in one query. Never raises."""
    return permits_of_people([subject], scopes, now=now)[subject]


def covers(permits: Mapping[str, Permit], scopes: Iterable[str], epochs: Iterable[int]) -> bool:
    """Return whether data made under these scopes may be opened: each allowed in its own epoch."""
    return all(
        scope in permits and permits[scope].epoch == epoch
        for scope, epoch in zip(scopes, epochs, strict=True)
    )


def permits_of_people(
    subjects: Collection[UUID], scopes: Iterable[str], *, now: datetime
) -> AnswersByPerson:
    """Check several scopes of many people, in one query. Never raises."""
    wanted = list(dict.fromkeys(scopes))
    try:
        return _check_people(subjects, wanted, now)
    except Exception:
        logger.exception("the gate could not check")
        refused = {scope: Refused("unavailable") for scope in wanted}
        return {subject: GateAnswers({}, refused) for subject in subjects}


def require_offered(age_band: str, scope: str, profile: LegalProfile | None) -> None:
    """Raise Refused unless a site under this profile may ask such a person for the scope."""
    source, purpose = split(scope)
    if profile is None:
        if source.biometric:
            raise Refused("no_profile", NO_PROFILE)
        if purpose != "adapt":
            raise Refused("no_profile", NOT_OFFERED)
    elif not profile.allows(scope):
        raise Refused("blocked_profile", profile.reason(scope).text)
    elif not profile.allows_age(age_band):
        raise Refused("blocked_profile", ADULTS_ONLY)


def _check_people(
    subjects: Collection[UUID], wanted: Collection[str], now: datetime
) -> AnswersByPerson:
    names = {*wanted, *(f"{name.partition(':')[0]}:adapt" for name in wanted)}
    people = load_people(subjects, names, now=now, until=now + PERMIT_LIFETIME)
    profile = _find_profile(people.values(), wanted, now)
    terms: dict[tuple[str, str], ScopeTerms] = {}
    return {
        subject: _check_person(subject, people.get(subject), wanted, profile, terms, now)
        for subject in subjects
    }


def _find_profile(
    people: Iterable[ConsentPerson], wanted: Collection[str], now: datetime
) -> LegalProfile | None:
    """Return the profile in force, by the row that came with the people; the course needs none."""
    chosen = [person.chosen for person in people]
    if not chosen or set(wanted) <= set(SITE_SCOPES):
        return None
    return profiles.in_force(chosen[0], now=now)


def _check_person(
    subject: UUID,
    person: ConsentPerson | None,
    wanted: Collection[str],
    profile: LegalProfile | None,
    terms: dict[tuple[str, str], ScopeTerms],
    now: datetime,
) -> GateAnswers:
    granted: dict[str, Permit] = {}
    refused: dict[str, Refused] = {}
    for scope in wanted:
        try:
            granted[scope] = _check_scope(subject, person, scope, profile, terms, now)
        except Refused as refusal:
            # The traceback references this frame, and the frame it: only the cyclic GC would free
            # both.
            refused[scope] = refusal.with_traceback(None)
    return GateAnswers(granted, refused)


def _check_scope(
    subject: UUID,
    person: ConsentPerson | None,
    scope: str,
    profile: LegalProfile | None,
    terms: dict[tuple[str, str], ScopeTerms],
    now: datetime,
) -> Permit:
    """Return one Permit. Class pictures and research of a Stream also require its `adapt`."""
    if person is None:
        raise Refused("account_gone")
    if scope in SITE_SCOPES:
        return Permit(subject, scope, 0, now + PERMIT_LIFETIME)
    key = (person.age_band, scope)
    found = terms.get(key) or terms.setdefault(key, _find_terms(*key, profile))
    adapt = _require_grant(person, found.required_scope, two=found.two)
    grant = adapt if found.required_scope == scope else _require_grant(person, scope, two=found.two)
    until = min([now + PERMIT_LIFETIME, *filter(None, (adapt.ends, grant.ends))])
    return Permit(subject, scope, grant.epoch, until)


def _find_terms(age_band: str, scope: str, profile: LegalProfile | None) -> ScopeTerms:
    """Return the terms for a scope and an age band. Raises Refused."""
    try:
        first = required_scope(scope)
    except KeyError as error:
        raise Refused("unknown_scope") from error
    require_offered(age_band, scope, profile)
    return ScopeTerms(first, needs_two(profile, age_band, scope))


def _require_grant(person: ConsentPerson, scope: str, *, two: bool) -> GrantStatus:
    """Return the Grant if it allows the scope now; with `two`, by both approvals (I-5).

    Raises Refused.
    """
    grant = person.grants.get(scope)
    if grant is None or not (grant.live or grant.assent):
        raise Refused("no_grant")
    if grant.restricted:
        raise Refused("restricted")
    if grant.expired:
        raise Refused("expired")
    if grant.stale or grant.shown_to != person.age_band:
        raise Refused("stale_notice")
    if two and not (grant.assent and grant.guardian and grant.guarded):
        raise Refused("no_grant", WAITING)
    if not grant.live:
        raise Refused("no_grant")
    if not grant.begun:
        raise Refused("unavailable", CLOCK_BACK)
    return grant
