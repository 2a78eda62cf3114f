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

from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext_noop as noop

from accounts.models import User
from consent import profiles
from consent.deciding import guarded, takes_two
from consent.models import Grant, Restriction
from consent.notices import newer
from consent.profile_record import ProfileChange
from consent.profiles import ADULTS_ONLY, NO_PROFILE, NOT_OFFERED, Profile
from consent.refusal import Refused
from consent.scopes import SITE_SCOPES, split

logger = logging.getLogger(__name__)
LIFE = timedelta(seconds=1)
WAITING = noop("Waiting for your guardian. Until they answer it stays off.")
CLOCK_BACK = noop(
    "The clock of this site is behind your yes, so it stays off until that is put right."
)
COLUMNS = (
    "scope",
    "epoch",
    "live",
    "granted_at",
    "expires_at",
    "notice__age_band",
    "stale",
    "restricted",
    "guardian_at",
    "assent_at",
    "guarded",
)


@dataclass(frozen=True, slots=True)
class Permit:
    """This person allows this scope, in this epoch, until then at the latest."""

    subject: UUID
    scope: str
    epoch: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Answers:
    """What the gate says about several scopes at once: each is in exactly one of the two."""

    granted: Mapping[str, Permit]
    refused: Mapping[str, Refused]


@dataclass(frozen=True, slots=True)
class Standing:
    """A Grant as it stands; `stale`: a newer text is in force than the one that was agreed to.
    `restricted`: the person lets nothing be read for now. `guarded`: a Guardian is there."""

    scope: str
    epoch: int
    live: bool
    granted_at: datetime
    expires_at: datetime
    shown_to: str
    stale: bool
    restricted: bool
    guardian_at: datetime | None
    assent_at: datetime | None
    guarded: bool


Every = Mapping[UUID, Answers]


def permit(subject: UUID, scope: str, *, now: datetime) -> Permit:
    """The Permit for one scope; raises Refused, and nothing else."""
    answers = permits(subject, [scope], now=now)
    if scope in answers.refused:
        raise answers.refused[scope]
    return answers.granted[scope]


def permits(subject: UUID, scopes: Iterable[str], *, now: datetime) -> Answers:
    """The gate for several scopes of one person, in two queries. Never raises."""
    return permits_of([subject], scopes, now=now)[subject]


def covers(permits: Mapping[str, Permit], scopes: Iterable[str], epochs: Iterable[int]) -> bool:
    """Whether what was made under these scopes may be opened: each is allowed in its own epoch."""
    return all(
        scope in permits and permits[scope].epoch == epoch
        for scope, epoch in zip(scopes, epochs, strict=True)
    )


def permits_of(subjects: Collection[UUID], scopes: Iterable[str], *, now: datetime) -> Every:
    """The same for many people at once, also in two queries. Never raises."""
    wanted = list(dict.fromkeys(scopes))
    try:
        return _answers(subjects, wanted, now)
    except Exception:
        logger.exception("the gate could not look")
        refused = {scope: Refused("unavailable") for scope in wanted}
        return {subject: Answers({}, refused) for subject in subjects}


def offered(age_band: str, scope: str, profile: Profile | None) -> None:
    """Whether a site under this profile may ask such a person for the scope; raises Refused."""
    stream, purpose = split(scope)
    if profile is None:
        if stream.biometric:
            raise Refused("no_profile", NO_PROFILE)
        if purpose != "adapt":
            raise Refused("no_profile", NOT_OFFERED)
    elif not profile.allows(scope):
        raise Refused("blocked_profile", profile.reason(scope).text)
    elif not profile.allows_age(age_band):
        raise Refused("blocked_profile", ADULTS_ONLY)


def _answers(subjects: Collection[UUID], wanted: Collection[str], now: datetime) -> Every:
    active = User.objects.filter(code__in=subjects, is_active=True)
    active = active.annotate(law=Subquery(ProfileChange.confirmed().values("wanted")[:1]))
    users = {user.code: user for user in active.only("id", "code", "age_band")}
    profile = _profile(users.values(), wanted, now)
    grants = _standings(users.values(), wanted, now)
    none: dict[str, Standing] = {}
    found = {}
    for subject in subjects:
        user = users.get(subject)
        found[subject] = _answer(
            subject, user, wanted, profile, grants.get(user.pk, none) if user else none, now
        )
    return found


def _profile(users: Iterable[User], wanted: Collection[str], now: datetime) -> Profile | None:
    """The rules of this site, by the row that came with the people; the course needs none."""
    chosen = [getattr(user, "law", None) for user in users]
    if not chosen or set(wanted) <= set(SITE_SCOPES):
        return None
    return profiles.in_force(chosen[0], now=now)


def _answer(
    subject: UUID,
    user: User | None,
    wanted: Collection[str],
    profile: Profile | None,
    grants: Mapping[str, Standing],
    now: datetime,
) -> Answers:
    granted: dict[str, Permit] = {}
    refused: dict[str, Refused] = {}
    for scope in wanted:
        try:
            granted[scope] = _one(subject, user, scope, profile, grants, now)
        except Refused as refusal:
            refused[scope] = refusal
    return Answers(granted, refused)


def _standings(
    users: Iterable[User], wanted: Collection[str], now: datetime
) -> dict[int, dict[str, Standing]]:
    paused = Restriction.objects.filter(learner=OuterRef("learner"), kind="restriction")
    names = {*wanted, *(f"{name.partition(':')[0]}:adapt" for name in wanted)}
    grants = Grant.objects.filter(learner__in=users, scope__in=names).annotate(
        stale=newer(now), restricted=Exists(paused), guarded=guarded()
    )
    found: dict[int, dict[str, Standing]] = {user.pk: {} for user in users}
    for learner, *row in grants.values_list("learner_id", *COLUMNS):
        found[learner][row[0]] = Standing(*row)
    return found


def _one(
    subject: UUID,
    user: User | None,
    scope: str,
    profile: Profile | None,
    grants: Mapping[str, Standing],
    now: datetime,
) -> Permit:
    """One answer. A class picture or research needs help for oneself to be in force beside it."""
    if user is None:
        raise Refused("account_gone")
    if scope in SITE_SCOPES:
        return Permit(subject, scope, 0, now + LIFE)
    leans_on = _adapt_of(scope)
    offered(user.age_band, scope, profile)
    two = takes_two(profile, user.age_band, scope)
    adapt = _in_force(grants.get(leans_on), user, now, two=two)
    grant = _in_force(grants.get(scope), user, now, two=two)
    until = min(now + LIFE, adapt.expires_at, grant.expires_at)
    return Permit(subject, scope, grant.epoch, until)


def _in_force(grant: Standing | None, user: User, now: datetime, *, two: bool) -> Standing:
    """The Grant where it allows something now; with `two`, by the yes of both (I-5)."""
    if grant is None or not (grant.live or grant.assent_at):
        raise Refused("no_grant")
    if grant.restricted:
        raise Refused("restricted")
    if grant.expires_at <= now:
        raise Refused("expired")
    if grant.stale or grant.shown_to != user.age_band:
        raise Refused("stale_notice")
    if two and not (grant.assent_at and grant.guardian_at and grant.guarded):
        raise Refused("no_grant", WAITING)
    if not grant.live:
        raise Refused("no_grant")
    if now < grant.granted_at:
        raise Refused("unavailable", CLOCK_BACK)
    return grant


def _adapt_of(scope: str) -> str:
    try:
        stream, _ = split(scope)
    except KeyError as error:
        raise Refused("unknown_scope") from error
    return f"{stream.name}:adapt"
