"""One page of the list of people.

Names are sealed, so the list is sorted by the time the accounts were created.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.administration.person_records import IN_USE, is_in_use
from accounts.identity import Identity, load_identity
from accounts.models import ROLES, User
from accounts.name_order import initial_of
from privacy.models import Erasure
from stewardship.people.pagination import PageNumbers, number_page
from vault.sealed_values import KeyDestroyed

PAGE: Final = 25
ROLE_WORDS: Final = {
    "learner": _("Learner"),
    "teacher": _("Teacher"),
    "author": pgettext_lazy("role", "Author"),
    "steward": pgettext_lazy("role", "Data steward"),
    "researcher": _("Researcher"),
    "guardian": _("Guardian"),
}
BAND_WORDS: Final = {
    "adult": _("18 or older"),
    "teen": _("13 to 17"),
    "child": _("under 13"),
}
STATE_WORDS: Final = {
    "active": _("Active"),
    "invited": _("Invited"),
    "locked": _("Locked"),
}
STATES: Final = {
    "active": Q(is_active=True) & (IN_USE | Q(simulated=True)),
    "invited": Q(is_active=True, simulated=False) & ~IN_USE,
    "locked": Q(is_active=False),
}


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """A Steward's filter; empty texts match anything. `codes`: only these people, unless None."""

    codes: Collection[UUID] | None = None
    role: str = ""
    state: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One line of the list; the identity is None while the person is being erased."""

    code: UUID
    identity: Identity | None
    initial: str
    roles: Sequence[str]
    state: str
    simulated: bool
    last_login: datetime | None

    @property
    def state_word(self) -> str:
        return str(STATE_WORDS[self.state])


@dataclass(frozen=True, slots=True)
class PeoplePage:
    rows: Sequence[PersonRow]
    numbers: PageNumbers
    counts: Mapping[str, int]


def load_page(wanted: PeopleFilter) -> PeoplePage:
    """Return one page of the matching people, newest accounts first."""
    found = _search(wanted)
    counts = _count_states(found)
    shown = filter_people(wanted)
    total = counts[wanted.state or "all"]
    numbers = number_page(wanted.page, total, PAGE)
    found_here = shown.order_by("-pk").prefetch_related("single_sign_ons")[numbers.entries]
    rows = [_row(person) for person in found_here]
    return PeoplePage(rows, numbers, counts)


def filter_people(wanted: PeopleFilter) -> QuerySet[User]:
    """Return the matching people on all pages, unsorted."""
    found = _search(wanted)
    return found.filter(STATES[wanted.state]) if wanted.state else found


def state_of(person: User) -> str:
    """Return `active`, `invited` (the account cannot be used yet) or `locked`."""
    if not person.is_active:
        return "locked"
    return "active" if person.simulated or is_in_use(person) else "invited"


def load_identity_or_none(person: User) -> Identity | None:
    """Return the identity, or None while the person is being erased."""
    try:
        return load_identity(person)
    except KeyDestroyed:
        return None


def role_words(roles: Sequence[str]) -> list[str]:
    return [str(ROLE_WORDS[role]) for role in ROLES if role in roles]


def _search(wanted: PeopleFilter) -> QuerySet[User]:
    people = User.objects.all()
    if wanted.role:
        people = people.filter(roles__contains=[wanted.role])
    if wanted.codes is None:
        return people
    # A search that lists such a person would reveal part of a name that is being erased.
    return people.filter(code__in=wanted.codes).exclude(code__in=find_erasing())


def find_erasing() -> QuerySet[Erasure, UUID | None]:
    """Return the codes of people whose whole account is being erased."""
    erasing = Erasure.objects.filter(scopes__isnull=True, subject__isnull=False)
    return erasing.values_list("subject", flat=True)


def _count_states(people: QuerySet[User]) -> dict[str, int]:
    """Return the number of people in total and in each state; each person is in exactly one."""
    locked, active = STATES["locked"], STATES["active"]
    counts: dict[str, int] = people.aggregate(
        all=Count("pk"), active=Count("pk", filter=active), locked=Count("pk", filter=locked)
    )
    return {**counts, "invited": counts["all"] - counts["active"] - counts["locked"]}


def _row(person: User) -> PersonRow:
    identity = load_identity_or_none(person)
    return PersonRow(
        code=person.code,
        identity=identity,
        initial=initial_of(identity.name) if identity else "",
        roles=role_words(person.roles),
        state=state_of(person),
        simulated=person.simulated,
        last_login=person.last_login,
    )
