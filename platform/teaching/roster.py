"""The people of a course as its Teachers see them; a name is unsealed only if it is displayed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from accounts.models import User
from accounts.name_order import initial_of
from accounts.people import name_of
from courses.models import Course, Enrolment
from vault.errors import KeyDestroyed


@dataclass(frozen=True, slots=True)
class PersonFace:
    """A person of the class, as a page may show them."""

    code: UUID
    name: str
    simulated: bool

    @property
    def initial(self) -> str:
        return initial_of(self.name)


def class_of(course: Course) -> dict[int, User]:
    """Return the active Learners of a course, by pk."""
    learners = Enrolment.objects.filter(course=course, role="learner").values("user")
    rows = User.objects.filter(pk__in=learners, is_active=True)
    return {user.pk: user for user in rows.only("id", "code", "simulated", "name_sealed")}


def face_of(user: User) -> PersonFace | None:
    """Return the person with their name; None if an erasure is in progress."""
    try:
        return PersonFace(user.code, name_of(user), user.simulated)
    except KeyDestroyed:
        return None


def load_faces(course: Course) -> dict[int, PersonFace]:
    """Return all Learners by pk, for a page that lists everyone."""
    found = ((pk, face_of(user)) for pk, user in class_of(course).items())
    return {pk: face for pk, face in found if face is not None}
