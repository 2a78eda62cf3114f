"""What the Teacher's page lists: requests with their helpers, and the suggestions made.

A suggestion that was not taken up does not say who declined it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from accounts.models import User
from accounts.name_order import initial_of
from accounts.people import name_of
from courses.models import Course
from peers.models import DECLINED, ENDED, PAIRED, SUGGESTED, WANTED, PeerPair
from peers.requests import PeerRequest, list_requests
from vault.errors import KeyDestroyed

SHOWN_FOR = timedelta(days=30)
# Both open steps look alike: whose answer is missing is not shown.
STANDINGS = {
    SUGGESTED: "waiting",
    WANTED: "waiting",
    PAIRED: "paired",
    DECLINED: "not taken up",
    ENDED: "ended",
}


@dataclass(frozen=True, slots=True)
class ClassmateFace:
    """A Learner of the course, as the Teacher's page shows them."""

    name: str
    simulated: bool

    @property
    def initial(self) -> str:
        return initial_of(self.name)


@dataclass(frozen=True, slots=True)
class HelperOption:
    """A classmate who offered to help with the skill."""

    offer: UUID
    who: ClassmateFace


@dataclass(frozen=True, slots=True)
class RequestRow:
    wish: UUID
    who: ClassmateFace
    skill: str
    slug: str
    unit: str
    asked_at: datetime
    helpers: tuple[HelperOption, ...]


@dataclass(frozen=True, slots=True)
class SuggestionRow:
    learner: ClassmateFace
    helper: ClassmateFace
    skill: str
    standing: str
    suggested_at: datetime


def load_requests(course: Course, *, now: datetime) -> list[RequestRow]:
    """Return the requests that wait for a suggestion, oldest first."""
    rows = (_request_row(each) for each in list_requests(course, now=now))
    return [row for row in rows if row is not None]


def load_suggestions(course: Course, *, now: datetime) -> list[SuggestionRow]:
    """Return the suggestions of the last 30 days, newest first."""
    rows = PeerPair.objects.filter(skill__course=course, suggested_at__gt=now - SHOWN_FOR)
    made = rows.select_related("learner", "helper", "skill").order_by("-suggested_at")
    found = (_suggestion_row(pair) for pair in made)
    return [row for row in found if row is not None]


def _request_row(request: PeerRequest) -> RequestRow | None:
    who = _face_of(request.wish.enrolment.user)
    if who is None:
        return None
    faces = ((offer.pk, _face_of(offer.enrolment.user)) for offer in request.helpers)
    return RequestRow(
        wish=request.wish.pk,
        who=who,
        skill=request.skill.name,
        slug=request.skill.slug,
        unit=request.unit.title,
        asked_at=request.asked_at,
        helpers=tuple(HelperOption(pk, face) for pk, face in faces if face is not None),
    )


def _suggestion_row(pair: PeerPair) -> SuggestionRow | None:
    learner, helper = _face_of(pair.learner), _face_of(pair.helper)
    if learner is None or helper is None:
        return None
    return SuggestionRow(learner, helper, pair.skill.name, STANDINGS[pair.state], pair.suggested_at)


def _face_of(user: User) -> ClassmateFace | None:
    """Return the person with their name; None while their account is being erased."""
    try:
        return ClassmateFace(name_of(user), user.simulated)
    except KeyDestroyed:
        return None
