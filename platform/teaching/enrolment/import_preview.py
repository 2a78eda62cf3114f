"""Preview a list of people, line by line, before enrolling them.

The preview reveals as little as possible: the Teacher learns whether a person can be enrolled. The
text is the same for an unknown name, a closed account and one with another role. It shows no name,
and the number of unknown ones is limited per day (`accounts.sign_in.lookup_limits`).
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
from teaching.enrolment.list_parser import TypedPerson

TOO_MANY_UNKNOWN: Final = lazy(
    "Too many of these names are unknown, so we cannot say which ones. Check that "
    "this is the right file and column. To stop people finding out which names have "
    "an account, only a limited number of unknown names can be checked in a day. Ask "
    "the people who create accounts here, or continue tomorrow."
)


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One line and its result. Without a `person` there is a problem."""

    typed: TypedPerson
    person: User | None = None
    here: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """The lines of a list, or in `whole` what is wrong with the list itself."""

    lines: tuple[ImportLine, ...] = ()
    whole: str = ""

    @property
    def wrong(self) -> tuple[ImportLine, ...]:
        return tuple(line for line in self.lines if line.problem)

    @property
    def fresh(self) -> tuple[ImportLine, ...]:
        """Return the lines that would be enrolled."""
        return tuple(line for line in self.lines if not line.problem and not line.here)

    @property
    def ready(self) -> bool:
        return not self.whole and not self.wrong and bool(self.fresh)


def preview_import(
    course: Course, rows: Sequence[TypedPerson], *, by: User, now: datetime
) -> ImportPreview:
    """Return what enrolling these rows would do; unknown names count towards the daily limit."""
    people = _find_people(rows)
    here = _roles_in_course(course, people.values())
    lines = tuple(_preview_line(row, people.get(row.login), here) for row in rows)
    unknown = sum(line.person is None and not line.typed.problem for line in lines)
    if unknown and not lookup_limits.count_misses(by, unknown, now=now):
        return ImportPreview(whole=str(TOO_MANY_UNKNOWN))
    return ImportPreview(lines)


def _find_people(rows: Sequence[TypedPerson]) -> dict[str, User]:
    """Return active accounts by typed login, matched by digest."""
    digests = {row.login: digest_login(row.login) for row in rows if not row.problem}
    found = User.objects.filter(login_digest__in=digests.values(), is_active=True)
    known = {user.login_digest: user for user in found}
    return {
        login: known[login_digest]
        for login, login_digest in digests.items()
        if login_digest in known
    }


def _roles_in_course(course: Course, people: Iterable[User]) -> dict[int, set[str]]:
    rows = Enrolment.objects.filter(course=course, user__in=people).values_list("user", "role")
    here: dict[int, set[str]] = {}
    for pk, role in rows:
        here.setdefault(pk, set()).add(role)
    return here


def _preview_line(
    row: TypedPerson, person: User | None, here: Mapping[int, set[str]]
) -> ImportLine:
    if row.problem:
        return ImportLine(row, problem=row.problem)
    if person is None or not person.has_role(row.role):
        return ImportLine(row, problem=_unknown_text(row))
    roles = here.get(person.pk, set())
    if roles and row.role not in roles:
        return ImportLine(row, person, problem=_("Already in this course in the other role."))
    return ImportLine(row, person, here=bool(roles))


def _unknown_text(row: TypedPerson) -> str:
    if row.role == "teacher":
        return _("No teacher account has this username.")
    if "@" not in row.login:
        return _("No learner account has this username.")
    if site_facts.current().invites_by_email:
        return _("No learner here signs in with this email. Invite them by email below.")
    return _("No learner here signs in with this email. Ask a data steward to add them.")
