"""The people of a course as its Teachers see them; a name is opened only where it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from accounts.models import User
from accounts.name_order import initial_of
from accounts.people import name_of
from courses.models import Course, Enrolment
from vault.errors import KeyDestroyed


@dataclass(frozen=True, slots=True)
class Face:
    """Somebody of the class as a page may show them."""

    code: UUID
    name: str
    simulated: bool

    @property
    def initial(self) -> str:
        return initial_of(self.name)


def class_of(course: Course) -> dict[int, User]:
    """The Learners of a course who are still here, by pk."""
    learners = Enrolment.objects.filter(course=course, role="learner").values("user")
    rows = User.objects.filter(pk__in=learners, is_active=True)
    return {user.pk: user for user in rows.only("id", "code", "simulated", "name_sealed")}


def face_of(user: User) -> Face | None:
    """None while an erasure is under way."""
    try:
        return Face(user.code, name_of(user), user.simulated)
    except KeyDestroyed:
        return None


def faces(course: Course) -> dict[int, Face]:
    """Everybody's by pk, for a page that lists everybody."""
    found = ((pk, face_of(user)) for pk, user in class_of(course).items())
    return {pk: face for pk, face in found if face is not None}
