"""`/steward/people/<code>/account/`: one person's record and the possible actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from accounts import age_bands
from accounts.access import current_user
from accounts.administration import steward_nominations
from accounts.identity import Identity
from accounts.mail import queue
from accounts.mfa import second_factor
from accounts.models import StewardNomination, User
from accounts.name_order import initial_of
from accounts.passwords import password_links
from accounts.single_sign_on.connections import ProviderConnection, list_connections
from accounts.site import site_facts
from audit.models import Leaf
from audit.queries import leaves_about, read_public
from stewardship.access import is_being_erased
from stewardship.people.mail_history import Mail, load_mails
from stewardship.people.queries import (
    BAND_WORDS,
    STATE_WORDS,
    load_identity_or_none,
    role_words,
    state_of,
)

RECENT = 6
CHANGE_TEXTS = {
    "person.create": lazy("Account created"),
    "person.change": lazy("Changed: {fields}"),
    "person.lock": lazy("Locked"),
    "person.unlock": lazy("Unlocked"),
    "person.guard": lazy("Guardian added"),
    "person.unguard": lazy("Guardian removed"),
    "person.link_make": lazy("Sign-in link created"),
    "person.link_send": lazy("Sign-in link sent"),
    "person.factor_remove": lazy("Two-step verification turned off"),
    "person.sso_link": lazy("Single sign-on connected"),
    "person.sso_unlink": lazy("Single sign-on disconnected"),
    "person.lti_link": lazy("Came from a learning platform"),
    "person.lti_unlink": lazy("Learning platform unlinked"),
}
GUARDIAN_TEXTS = {
    "person.guard": lazy("Became a guardian"),
    "person.unguard": lazy("Is no longer a guardian"),
}
FIELD_NAMES = {
    "name": lazy("name"),
    "login": lazy("username"),
    "email": lazy("email"),
    "number": lazy("number"),
    "born": lazy("date of birth"),
    "roles": lazy("roles"),
    "age_band": lazy("age group"),
}


@dataclass(frozen=True, slots=True)
class GuardianBond:
    """A guardian of this person, or one of their wards."""

    code: UUID
    name: str
    since: datetime


@dataclass(frozen=True, slots=True)
class AccountChange:
    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """One person; `identity` is None while they are being erased."""

    code: UUID
    identity: Identity | None
    initial: str
    roles: str
    state: str
    state_word: str
    age: int | None
    adult_on: date | None
    last_login: datetime | None
    has_password: bool
    has_factor: bool
    erased: bool
    minor: bool
    age_band: str
    simulated: bool
    since: datetime
    guardians: tuple[GuardianBond, ...]
    wards: tuple[GuardianBond, ...]
    changes: tuple[AccountChange, ...]
    nomination: StewardNomination | None
    mails: tuple[Mail, ...]
    connections: tuple[ProviderConnection, ...]


def show_account(
    request: HttpRequest, person: User, problem: str = "", status: int = 200
) -> HttpResponse:
    """Render the page; `problem` is the reason why the last action was refused."""
    now, user = timezone.now(), current_user(request)
    details = load_details(person, now)
    nomination = details.nomination
    linkable = not password_links.find_obstacle(person, by=user.code)
    has_email = details.identity is not None and bool(details.identity.email)
    context = {
        "place": "people",
        "details": details,
        "self": person == user,
        "linkable": linkable,
        "has_mail": queue.has_server(),
        "mailable": linkable and has_email and _may_be_mailed(person),
        "own_nomination": nomination is not None and nomination.asked_by == user,
        "problem": problem,
    }
    return render(request, "stewardship/people/account.html", context, status=status)


def load_details(person: User, now: datetime) -> AccountDetails:
    """Load the record of one person."""
    identity, state = load_identity_or_none(person), state_of(person)
    born = identity.born if identity else None
    today = site_facts.site_day(now)
    age = age_bands.age_on(born, today) if born else None
    minor = person.age_band != "adult"
    bonds = person.guardianships.select_related("guardian").order_by("pk")
    wardships = person.wardships.select_related("ward").order_by("pk")
    return AccountDetails(
        code=person.code,
        identity=identity,
        initial=initial_of(identity.name) if identity else "",
        roles=", ".join(role_words(person.roles)),
        state=state,
        state_word=str(STATE_WORDS[state]),
        age=age,
        adult_on=age_bands.birthday(born, age_bands.YOUNGEST["adult"]) if born and minor else None,
        last_login=person.last_login,
        has_password=person.has_usable_password(),
        has_factor=second_factor.find_factor(person) is not None,
        erased=is_being_erased(person.code),
        minor=minor,
        age_band=str(BAND_WORDS[person.age_band]),
        simulated=person.simulated,
        since=person.created_at,
        guardians=tuple(_make_bond(bond.guardian, bond.since) for bond in bonds),
        wards=tuple(_make_bond(bond.ward, bond.since) for bond in wardships),
        changes=_load_changes(person),
        nomination=steward_nominations.load_nomination(person, now=now),
        mails=load_mails(person),
        connections=tuple(each for each in list_connections(person) if each.since),
    )


def _may_be_mailed(person: User) -> bool:
    return queue.has_server() and password_links.may_be_mailed(person)


def _make_bond(other: User, since: datetime) -> GuardianBond:
    identity = load_identity_or_none(other)
    return GuardianBond(other.code, identity.name if identity else _("being erased"), since)


def _load_changes(person: User) -> tuple[AccountChange, ...]:
    leaves = leaves_about(person.code).filter(verb__in=CHANGE_TEXTS).order_by("-at", "-id")
    return tuple(AccountChange(_describe(leaf), leaf.at) for leaf in leaves[:RECENT])


def _describe(leaf: Leaf) -> str:
    values = read_public(leaf)
    if values.get("what") == "guardian":
        return str(GUARDIAN_TEXTS[leaf.verb])
    names = values.get("fields", "").split(",")
    fields = ", ".join(str(FIELD_NAMES[name]) for name in names if name in FIELD_NAMES)
    return str(CHANGE_TEXTS[leaf.verb]).format(fields=fields)
