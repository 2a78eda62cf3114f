"""What somebody asked of us, and what became of it, as `/my-data/` tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from accounts.models import User
from accounts.people import name_of
from consent.permits import restrictions
from consent.permits.restrictions import OBJECTION, RESTRICTION
from privacy.models import PrivacyRequest
from privacy.subject_requests import requests

KINDS = {
    "access": noop("A copy of what you hold about me, made by a data steward"),
    "rectification": noop("Something about me is wrong"),
    "erasure": noop("Erase everything about me"),
    RESTRICTION: noop("Pause everything about me"),
    OBJECTION: noop("Turn off profiling"),
}
OF_WARD = {
    "erasure": noop("Erase everything about %(name)s"),
    "rectification": noop("Something about %(name)s is wrong"),
}
STATES = {"open": noop("waiting"), "done": noop("done"), "declined": noop("declined")}


@dataclass(frozen=True, slots=True)
class Told:
    """One request, in the words of the page."""

    what: str
    asked_at: datetime
    due_at: datetime
    state: str
    open: bool
    answer: str


@dataclass(frozen=True, slots=True)
class Ward:
    code: UUID
    name: str
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """All that the page shows about requests; `paused` and `objects` since when, or None."""

    told: tuple[Told, ...]
    wards: tuple[Ward, ...]
    paused: datetime | None
    objects: datetime | None
    learner: bool


def asked_by(user: User) -> Asked:
    """What this person asked, for themselves and for those in their care."""
    standing = restrictions.find_restrictions(user)
    wards = User.objects.filter(guardianships__guardian=user, is_active=True).order_by("pk")
    return Asked(
        told=tuple(_told(row, _(KINDS[row.kind])) for row in requests.of_person(user)),
        wards=tuple(_ward(ward, user) for ward in wards),
        paused=standing.get(RESTRICTION),
        objects=standing.get(OBJECTION),
        learner=user.has_role("learner"),
    )


def _ward(ward: User, guardian: User) -> Ward:
    """Only what this Guardian asked: what the ward asks is the ward's."""
    name = name_of(ward)
    mine = [row for row in requests.of_person(ward) if row.by_id == guardian.pk]
    return Ward(
        ward.code, name, tuple(_told(row, _(OF_WARD[row.kind]) % {"name": name}) for row in mine)
    )


def _told(row: PrivacyRequest, what: str) -> Told:
    answer = requests.words(row, "answer")
    return Told(what, row.asked_at, row.due_at, _(STATES[row.state]), row.state == "open", answer)
