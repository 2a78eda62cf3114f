"""The one question "may this be done now?", and the Permit that answers yes for one second.

Fails closed: an unknown scope, a missing profile, a changed notice, a dead account, an error of
any kind is Refused (I-1, I-3). A Permit carries the epoch under which rows may be written; the
database looks at the epoch once more when they are.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef

from accounts.models import User
from consent import profiles
from consent.models import Grant, Notice
from consent.profiles import NO_PROFILE, NOT_OFFERED, Profile
from consent.refusal import Refused
from consent.scopes import SITE_SCOPES, split

logger = logging.getLogger(__name__)
LIFE = timedelta(seconds=1)
WAITING = "Waiting for your guardian. Until they answer it stays off."


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
    """A Grant as it stands; `stale`: a newer text is in force than the one that was agreed to."""

    scope: str
    epoch: int
    live: bool
    expires_at: datetime
    shown_to: str
    stale: bool


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


def permits_of(subjects: Collection[UUID], scopes: Iterable[str], *, now: datetime) -> Every:
    """The same for many people at once, also in two queries. Never raises."""
    wanted = list(dict.fromkeys(scopes))
    try:
        return _answers(subjects, wanted, now)
    except Exception:
        logger.exception("the gate could not look")
        refused = {scope: Refused("unavailable") for scope in wanted}
        return {subject: Answers({}, refused) for subject in subjects}


def offered(age_band: str, scope: str) -> None:
    """Whether this site may ask such a person for the scope at all; raises Refused."""
    stream, purpose = split(scope)
    profile = profiles.current()
    if profile is None:
        if stream.biometric:
            raise Refused("no_profile", NO_PROFILE)
        if purpose != "adapt":
            raise Refused("no_profile", NOT_OFFERED)
    elif not profile.allows(scope):
        raise Refused("blocked_profile", profile.reason(scope).text)
    elif needs_guardian(profile, age_band) and stream.biometric:
        raise Refused("no_grant", WAITING)


def needs_guardian(profile: Profile, age_band: str) -> bool:
    """Whether a person of this age cannot decide alone under this profile."""
    return age_band != "adult" and profile.minors == "guardian"


def _answers(subjects: Collection[UUID], wanted: Collection[str], now: datetime) -> Every:
    active = User.objects.filter(code__in=subjects, is_active=True)
    users = {user.code: user for user in active.only("id", "code", "age_band")}
    grants = _standings(users.values(), wanted, now)
    none: dict[str, Standing] = {}
    found = {}
    for subject in subjects:
        user = users.get(subject)
        found[subject] = _answer(
            subject, user, wanted, grants.get(user.pk, none) if user else none, now
        )
    return found


def _answer(
    subject: UUID,
    user: User | None,
    wanted: Collection[str],
    grants: Mapping[str, Standing],
    now: datetime,
) -> Answers:
    granted: dict[str, Permit] = {}
    refused: dict[str, Refused] = {}
    for scope in wanted:
        try:
            granted[scope] = _one(subject, user, scope, grants, now)
        except Refused as refusal:
            refused[scope] = refusal
    return Answers(granted, refused)


def _standings(
    users: Iterable[User], wanted: Collection[str], now: datetime
) -> dict[int, dict[str, Standing]]:
    newer = Notice.objects.filter(
        group=OuterRef("notice__group"),
        age_band=OuterRef("notice__age_band"),
        locale=OuterRef("notice__locale"),
        version__gt=OuterRef("notice__version"),
        effective_from__lte=now,
    )
    names = {*wanted, *(f"{name.partition(':')[0]}:adapt" for name in wanted)}
    grants = Grant.objects.filter(learner__in=users, scope__in=names).annotate(stale=Exists(newer))
    columns = ("scope", "epoch", "live", "expires_at", "notice__age_band", "stale")
    found: dict[int, dict[str, Standing]] = {user.pk: {} for user in users}
    for learner, *row in grants.values_list("learner_id", *columns):
        found[learner][row[0]] = Standing(*row)
    return found


def _one(
    subject: UUID, user: User | None, scope: str, grants: Mapping[str, Standing], now: datetime
) -> Permit:
    """One answer. A class picture or research needs help for oneself to be in force beside it."""
    if user is None:
        raise Refused("account_gone")
    if scope in SITE_SCOPES:
        return Permit(subject, scope, 0, now + LIFE)
    leans_on = _adapt_of(scope)
    offered(user.age_band, scope)
    adapt = _in_force(grants.get(leans_on), user, now)
    grant = _in_force(grants.get(scope), user, now)
    until = min(now + LIFE, adapt.expires_at, grant.expires_at)
    return Permit(subject, scope, grant.epoch, until)


def _in_force(grant: Standing | None, user: User, now: datetime) -> Standing:
    if grant is None or not grant.live:
        raise Refused("no_grant")
    if grant.expires_at <= now:
        raise Refused("expired")
    if grant.stale or grant.shown_to != user.age_band:
        raise Refused("stale_notice")
    return grant


def _adapt_of(scope: str) -> str:
    try:
        stream, _ = split(scope)
    except KeyError as error:
        raise Refused("unknown_scope") from error
    return f"{stream.name}:adapt"
