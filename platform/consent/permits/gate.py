"""The one question "may this be done now?", and the Permit that answers yes for one second.

Fails closed: an unknown scope, a missing profile, a changed notice, a dead account, a clock before
the yes, an error of any kind is Refused (I-1, I-3). A Permit carries the epoch under which rows may
be written; the database looks at the epoch once more when they are.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext_noop as noop

from consent.grants.guardian_consent import takes_two
from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import ADULTS_ONLY, NO_PROFILE, NOT_OFFERED, Profile
from consent.permits.errors import Refused
from consent.permits.permit_query import Person, Standing, standings
from consent.scopes import SITE_SCOPES, leans_on, split

logger = logging.getLogger(__name__)
LIFE = timedelta(seconds=1)
WAITING = noop("Waiting for your parent or guardian. It stays off until they answer.")
CLOCK_BACK = noop(
    "This site’s clock is earlier than the time of your consent, so this stays off "
    "until the clock is corrected."
)


@dataclass(frozen=True, slots=True)
class Permit:
    """This person allows this scope, in this epoch, until then at the latest."""

    subject: UUID
    scope: str
    epoch: int
    until: datetime

    @property
    def stream(self) -> str:
        """Of a scope with Grants, the name of its Stream."""
        return self.scope.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the gate says about several scopes at once: each is in exactly one of the two."""

    granted: Mapping[str, Permit]
    refused: Mapping[str, Refused]

    @property
    def could_not_look(self) -> bool:
        """Return whether nothing at all is known, not even a no."""
        return not self.granted and all(each.could_not_look for each in self.refused.values())

    def permit(self, scope: str) -> Permit:
        """The Permit for one of the scopes that were asked for; raises Refused."""
        if scope in self.refused:
            raise self.refused[scope]
        return self.granted[scope]


@dataclass(frozen=True, slots=True)
class Terms:
    """Of a scope, for people of one age: the scope it leans on, and whether it takes two."""

    leans_on: str
    two: bool


Every = Mapping[UUID, Answers]


def permit(subject: UUID, scope: str, *, now: datetime) -> Permit:
    """The Permit for one scope; raises Refused, and nothing else."""
    return permits(subject, [scope], now=now).permit(scope)


def permits(subject: UUID, scopes: Iterable[str], *, now: datetime) -> Answers:
    """The gate for several scopes of one person, in one query. Never raises."""
    return permits_of([subject], scopes, now=now)[subject]


def covers(permits: Mapping[str, Permit], scopes: Iterable[str], epochs: Iterable[int]) -> bool:
    """Return whether what was made under these scopes may be opened: each is allowed in its own epoch."""
    return all(
        scope in permits and permits[scope].epoch == epoch
        for scope, epoch in zip(scopes, epochs, strict=True)
    )


def permits_of(subjects: Collection[UUID], scopes: Iterable[str], *, now: datetime) -> Every:
    """The same for many people at once, also in one query. Never raises."""
    wanted = list(dict.fromkeys(scopes))
    try:
        return _answers(subjects, wanted, now)
    except Exception:
        logger.exception("the gate could not look")
        refused = {scope: Refused("unavailable") for scope in wanted}
        return {subject: Answers({}, refused) for subject in subjects}


def offered(age_band: str, scope: str, profile: Profile | None) -> None:
    """Return whether a site under this profile may ask such a person for the scope; raises Refused."""
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


def _answers(subjects: Collection[UUID], wanted: Collection[str], now: datetime) -> Every:
    names = {*wanted, *(f"{name.partition(':')[0]}:adapt" for name in wanted)}
    people = standings(subjects, names, now=now, until=now + LIFE)
    profile = _profile(people.values(), wanted, now)
    terms: dict[tuple[str, str], Terms] = {}
    return {
        subject: _answer(subject, people.get(subject), wanted, profile, terms, now)
        for subject in subjects
    }


def _profile(people: Iterable[Person], wanted: Collection[str], now: datetime) -> Profile | None:
    """The rules of this site, by the row that came with the people; the course needs none."""
    chosen = [person.chosen for person in people]
    if not chosen or set(wanted) <= set(SITE_SCOPES):
        return None
    return profiles.in_force(chosen[0], now=now)


def _answer(
    subject: UUID,
    person: Person | None,
    wanted: Collection[str],
    profile: Profile | None,
    terms: dict[tuple[str, str], Terms],
    now: datetime,
) -> Answers:
    granted: dict[str, Permit] = {}
    refused: dict[str, Refused] = {}
    for scope in wanted:
        try:
            granted[scope] = _one(subject, person, scope, profile, terms, now)
        except Refused as refusal:
            # Its traceback holds this frame, and that holds it: only a collection would end them.
            refused[scope] = refusal.with_traceback(None)
    return Answers(granted, refused)


def _one(
    subject: UUID,
    person: Person | None,
    scope: str,
    profile: Profile | None,
    terms: dict[tuple[str, str], Terms],
    now: datetime,
) -> Permit:
    """One answer. Of a Stream, a class picture or research needs help for oneself beside it."""
    if person is None:
        raise Refused("account_gone")
    if scope in SITE_SCOPES:
        return Permit(subject, scope, 0, now + LIFE)
    asked = (person.age_band, scope)
    held = terms.get(asked) or terms.setdefault(asked, _terms(*asked, profile))
    adapt = _in_force(person, held.leans_on, two=held.two)
    grant = adapt if held.leans_on == scope else _in_force(person, scope, two=held.two)
    until = min([now + LIFE, *filter(None, (adapt.ends, grant.ends))])
    return Permit(subject, scope, grant.epoch, until)


def _terms(age_band: str, scope: str, profile: Profile | None) -> Terms:
    """Under which terms people of this age may be asked for the scope; raises Refused."""
    try:
        first = leans_on(scope)
    except KeyError as error:
        raise Refused("unknown_scope") from error
    offered(age_band, scope, profile)
    return Terms(first, takes_two(profile, age_band, scope))


def _in_force(person: Person, scope: str, *, two: bool) -> Standing:
    """The Grant where it allows something now; with `two`, by the yes of both (I-5)."""
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
