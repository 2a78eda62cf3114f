"""The list of people as CSV, in the columns that the import reads: imported again, nothing changes.

Simulated people and people who are being erased are left out. A guardian is named where the import
would find them by this e-mail; of several guardians the first is named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from accounts.csv_text import clean_cell
from accounts.digests import digest, digest_email
from accounts.identity import Identity
from accounts.models import Guardianship, User
from courses.models import Enrolment
from privacy.spreadsheet import MARK, csv_lines, guarded
from stewardship.people.importing.known_people import find_guardians
from stewardship.people.importing.typed_rows import is_email
from stewardship.people.queries import (
    PeopleFilter,
    filter_people,
    find_erasing,
    load_identity_or_none,
)

AT_ONCE: Final = 250
# English in every language: the file is for programs, this one among them.
HEADINGS: Final = (
    "Number",
    "Name",
    "Username",
    "E-mail",
    "Date of birth",
    "Role",
    "Guardian's e-mail",
    "Class",
    "Teaches",
)


def find_people(wanted: PeopleFilter) -> QuerySet[User]:
    """Return the people who fit and can be exported."""
    return filter_people(wanted).filter(simulated=False).exclude(code__in=find_erasing())


def write_parts(people: QuerySet[User]) -> Iterator[bytes]:
    """Yield the file, some people at a time: however many there are, few are in memory."""
    yield _text([HEADINGS], MARK)
    after = 0
    while found := list(people.filter(pk__gt=after).order_by("pk")[:AT_ONCE]):
        yield _text(_rows(found))
        after = found[-1].pk


def _text(rows: Iterable[Sequence[object]], mark: str = "") -> bytes:
    return (mark + "".join(csv_lines(rows)).removeprefix(MARK)).encode()


@dataclass(frozen=True, slots=True)
class Bonds:
    """The guardians and courses of some people, by their keys."""

    emails: Mapping[int, Sequence[str]]
    guardians: Mapping[str, User]
    wards: Collection[tuple[int, int]]
    courses: Mapping[tuple[int, str], Sequence[str]]

    def name_guardian(self, person: User, identity: Identity) -> str:
        """Return the e-mail by which an import finds a guardian of this person."""
        for email in self.emails.get(person.pk, ()):
            guardian = self.guardians.get(digest_email(email))
            own = digest(email) == digest(identity.login)
            if guardian and not own and (person.pk, guardian.pk) in self.wards:
                return email
        return ""

    def name_courses(self, person: User, role: str) -> str:
        return ", ".join(self.courses.get((person.pk, role), ()))


def _rows(people: Sequence[User]) -> Iterator[list[str]]:
    bonds = _load_bonds(people)
    for person in people:
        identity = load_identity_or_none(person)
        if identity is not None:
            yield [guarded(clean_cell(cell)) for cell in _cells(person, identity, bonds)]


def _cells(person: User, identity: Identity, bonds: Bonds) -> Sequence[str]:
    return (
        identity.number,
        identity.name,
        identity.login,
        identity.email,
        identity.born.isoformat() if identity.born else "",
        ", ".join(sorted(person.roles)),
        bonds.name_guardian(person, identity),
        bonds.name_courses(person, "learner"),
        bonds.name_courses(person, "teacher"),
    )


def _load_bonds(people: Sequence[User]) -> Bonds:
    emails: dict[int, list[str]] = defaultdict(list)
    bonds = Guardianship.objects.filter(ward__in=people).select_related("guardian").order_by("pk")
    wards = {(bond.ward_id, bond.guardian_id) for bond in bonds}
    for bond in bonds:
        emails[bond.ward_id] += _emails_of(bond.guardian)
    named = [email for each in emails.values() for email in each]
    courses: dict[tuple[int, str], list[str]] = defaultdict(list)
    enrolled = Enrolment.objects.filter(user__in=people, course__preview_of=None)
    for row in enrolled.select_related("course").order_by("course__slug"):
        courses[row.user_id, row.role].append(row.course.slug)
    return Bonds(emails, find_guardians(named), wards, courses)


def _emails_of(guardian: User) -> list[str]:
    identity = load_identity_or_none(guardian)
    texts = (identity.email, identity.login) if identity else ()
    return [text for text in texts if text and is_email(text)]
