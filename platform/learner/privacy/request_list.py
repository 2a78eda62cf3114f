"""A user's privacy requests and their state, as `/my-data/` shows them."""

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

KIND_WORDS = {
    "access": noop("A copy of what you hold about me, made by a data steward"),
    "rectification": noop("Something about me is wrong"),
    "erasure": noop("Erase everything about me"),
    RESTRICTION: noop("Pause everything about me"),
    OBJECTION: noop("Turn off profiling"),
}
WARD_KIND_WORDS = {
    "erasure": noop("Erase everything about %(name)s"),
    "rectification": noop("Something about %(name)s is wrong"),
}
STATE_WORDS = {"open": noop("waiting"), "done": noop("done"), "declined": noop("declined")}


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request in the words of the page."""

    what: str
    asked_at: datetime
    due_at: datetime
    state: str
    open: bool
    answer: str


@dataclass(frozen=True, slots=True)
class WardRequests:
    code: UUID
    name: str
    lines: tuple[RequestLine, ...]


@dataclass(frozen=True, slots=True)
class RequestList:
    """Everything the page shows about requests.

    `paused` and `objects` are the start times of a pause and of an objection, or None.
    """

    lines: tuple[RequestLine, ...]
    wards: tuple[WardRequests, ...]
    paused: datetime | None
    objects: datetime | None
    learner: bool


def load_requests(user: User) -> RequestList:
    """Return this user's requests, for themselves and for their wards."""
    restricted = restrictions.find_restrictions(user)
    wards = User.objects.filter(guardianships__guardian=user, is_active=True).order_by("pk")
    return RequestList(
        lines=tuple(_make_line(row, _(KIND_WORDS[row.kind])) for row in requests.of_person(user)),
        wards=tuple(_make_ward(ward, user) for ward in wards),
        paused=restricted.get(RESTRICTION),
        objects=restricted.get(OBJECTION),
        learner=user.has_role("learner"),
    )


def _make_ward(ward: User, guardian: User) -> WardRequests:
    """Return only this Guardian's requests; the ward's own requests stay private."""
    name = name_of(ward)
    mine = [row for row in requests.of_person(ward) if row.by_id == guardian.pk]
    return WardRequests(
        ward.code,
        name,
        tuple(_make_line(row, _(WARD_KIND_WORDS[row.kind]) % {"name": name}) for row in mine),
    )


def _make_line(row: PrivacyRequest, what: str) -> RequestLine:
    answer = requests.read_text(row, "answer")
    return RequestLine(
        what, row.asked_at, row.due_at, _(STATE_WORDS[row.state]), row.state == "open", answer
    )
