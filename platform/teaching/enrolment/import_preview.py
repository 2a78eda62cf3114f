"""What putting in a list would do, line by line, before anything is done.

It says no more than it must: who typed a name learns whether the person can be put in, in the same
words for a name that nobody has, an account that is closed, and one of another role. It shows no
name, and of unknown ones a day's worth and no more (`accounts.sign_in.lookup_limits`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from accounts.keyed_hash import digest_login
from accounts.models import User
from accounts.sign_in import lookup_limits
from accounts.site import site_facts
from courses.models import Course, Enrolment
from teaching.enrolment.list_parser import Typed

TOO_MANY_UNKNOWN: Final = lazy(
    "Too many of these names are unknown, so we cannot say which ones. Check that "
    "this is the right file and column. To stop people finding out which names have "
    "an account, only a limited number of unknown names can be checked in a day. Ask "
    "the people who create accounts here, or continue tomorrow."
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line and what would become of it. Without a `person` there is a problem."""

    typed: Typed
    person: User | None = None
    here: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """`whole` says what is wrong with the list as such; then there are no lines."""

    lines: tuple[Line, ...] = ()
    whole: str = ""

    @property
    def wrong(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.problem)

    @property
    def fresh(self) -> tuple[Line, ...]:
        """Who would be put in."""
        return tuple(line for line in self.lines if not line.problem and not line.here)

    @property
    def ready(self) -> bool:
        return not self.whole and not self.wrong and bool(self.fresh)


def look(course: Course, rows: Sequence[Typed], *, by: User, now: datetime) -> Preview:
    people = _people(rows)
    here = _roles(course, people.values())
    lines = tuple(_line(row, people.get(row.login), here) for row in rows)
    unknown = sum(line.person is None and not line.typed.problem for line in lines)
    if unknown and not lookup_limits.count_misses(by, unknown, now=now):
        return Preview(whole=str(TOO_MANY_UNKNOWN))
    return Preview(lines)


def _people(rows: Sequence[Typed]) -> dict[str, User]:
    """By what was typed; who has a log-in name is found by its digest alone."""
    digests = {row.login: digest_login(row.login) for row in rows if not row.problem}
    found = User.objects.filter(login_digest__in=digests.values(), is_active=True)
    known = {user.login_digest: user for user in found}
    return {login: known[of] for login, of in digests.items() if of in known}


def _roles(course: Course, people: Iterable[User]) -> dict[int, set[str]]:
    rows = Enrolment.objects.filter(course=course, user__in=people).values_list("user", "role")
    here: dict[int, set[str]] = {}
    for pk, role in rows:
        here.setdefault(pk, set()).add(role)
    return here


def _line(row: Typed, person: User | None, here: Mapping[int, set[str]]) -> Line:
    if row.problem:
        return Line(row, problem=row.problem)
    if person is None or not person.has_role(row.role):
        return Line(row, problem=_unknown(row))
    roles = here.get(person.pk, set())
    if roles and row.role not in roles:
        return Line(row, person, problem=_("Already in this course in the other role."))
    return Line(row, person, here=bool(roles))


def _unknown(row: Typed) -> str:
    if row.role == "teacher":
        return _("No teacher account has this username.")
    if "@" not in row.login:
        return _("No learner account has this username.")
    if site_facts.current().invites_by_email:
        return _("No learner here signs in with this email. Invite them by email below.")
    return _("No learner here signs in with this email. Ask a data steward to add them.")
