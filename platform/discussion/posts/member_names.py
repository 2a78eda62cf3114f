"""Names of members as a discussion shows them, and the members who can be mentioned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from django.db.models import Q
from django.utils.translation import gettext_noop

from accounts.models import User
from accounts.name_order import by_name, initial_of
from accounts.people import name_of
from courses.models import Course, Enrolment
from vault.errors import KeyDestroyed

if TYPE_CHECKING:
    from discussion.models import Thread

LEFT = gettext_noop("a former member")


class NumberedMention(Protocol):
    """A row that says who is named at a place of a text."""

    @property
    def number(self) -> int: ...

    @property
    def person(self) -> User: ...


@dataclass(frozen=True, slots=True)
class MemberFace:
    """A person as a page shows them; without a `name` their account is gone."""

    name: str
    simulated: bool = False
    teacher: bool = False

    @property
    def initial(self) -> str:
        return initial_of(self.name)


NO_FACE = MemberFace("")


@dataclass(slots=True)
class Faces:
    """The people of one page; each name is unsealed once."""

    course: Course
    _teachers: set[int] | None = None
    _faces: dict[int, MemberFace] = field(default_factory=dict)
    _names: dict[int, str] = field(default_factory=dict)

    def face_of(self, user: User | None) -> MemberFace:
        if user is None or not user.is_active:
            return NO_FACE
        if user.pk not in self._faces:
            teacher = user.pk in self.teachers()
            self._faces[user.pk] = MemberFace(self._name(user), user.simulated, teacher)
        return self._faces[user.pk]

    def names(self, mentions: Iterable[NumberedMention]) -> dict[int, str]:
        """Return the names of the people named in a text, by their number in it."""
        named = ((each.number, each.person) for each in mentions)
        return {number: self._name(person) for number, person in named if person.is_active}

    def _name(self, user: User) -> str:
        if user.pk not in self._names:
            self._names[user.pk] = name_or_blank(user)
        return self._names[user.pk]

    def teachers(self) -> set[int]:
        """Return the pks of the course's teachers."""
        if self._teachers is None:
            rows = Enrolment.objects.filter(course=self.course, role="teacher")
            self._teachers = set(rows.values_list("user", flat=True))
        return self._teachers


def name_or_blank(user: User) -> str:
    """Return the name, or "" while the account is being erased."""
    try:
        return name_of(user)
    except KeyDestroyed:
        return ""


def readers_of(thread: Thread) -> set[int] | None:
    """Return the pks of those who can read a thread of a group; None where everyone can."""
    if thread.group_id is None:
        return None
    group = Q(group=thread.group_id, group__deleted_at=None)
    here = Q(role="teacher", course=thread.unit.course_id) | group
    return set(Enrolment.objects.filter(here).values_list("user", flat=True))


def members(course: Course, *, but: User) -> list[tuple[User, str]]:
    """Return all other members of the course with their names, sorted by name."""
    users = User.objects.filter(enrolments__course=course, is_active=True).exclude(pk=but.pk)
    named = [(user, name_or_blank(user)) for user in users.distinct()]
    return by_name((pair for pair in named if pair[1]), lambda pair: pair[1])
