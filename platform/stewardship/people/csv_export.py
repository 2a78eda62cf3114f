"""Export the list of people as CSV in the columns of the import; re-importing changes nothing.

Simulated people and people who are being erased are left out. A guardian is exported if the import
would find them by this email; of several guardians, only the first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from django.db.models import QuerySet

from accounts.email_address import is_email
from accounts.identity import Identity
from accounts.keyed_hash import digest_email, digest_login
from accounts.models import Guardianship, User
from accounts.people_import.csv_reader import clean_cell
from courses.models import Enrolment
from privacy.safe_csv import csv_lines, guarded
from stewardship.people.imports.preview.known_people import find_guardians
from stewardship.people.queries import (
    PeopleFilter,
    filter_people,
    find_erasing,
    load_identity_or_none,
)
from vault.keystore import open_keystore
from vault.sealed_values import key_ids

BATCH_SIZE: Final = 250
# English whatever the site's language: the file is for programs, including this one.
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
SEALED: Final = ("name_sealed", "login_sealed", "email_sealed", "number_sealed", "born_sealed")


def find_people(wanted: PeopleFilter) -> QuerySet[User]:
    """Return the people who match and can be exported."""
    return filter_people(wanted).filter(simulated=False).exclude(code__in=find_erasing())


def write_parts(people: QuerySet[User]) -> Iterator[bytes]:
    """Yield the file in parts, headings first, with only a few people in memory."""
    lines = iter(csv_lines(chain([HEADINGS], _rows(people))))
    yield next(lines).encode()
    while part := "".join(islice(lines, BATCH_SIZE)):
        yield part.encode()


@dataclass(frozen=True, slots=True)
class PeopleBonds:
    """The guardians and courses of some people, by primary keys."""

    emails: Mapping[int, Sequence[str]]
    guardians: Mapping[str, User]
    wards: Collection[tuple[int, int]]
    courses: Mapping[tuple[int, str], Sequence[str]]

    def name_guardian(self, person: User, identity: Identity) -> str:
        """Return the email by which an import finds a guardian of this person."""
        for email in self.emails.get(person.pk, ()):
            guardian = self.guardians.get(digest_email(email))
            own = digest_login(email) == digest_login(identity.login)
            if guardian and not own and (person.pk, guardian.pk) in self.wards:
                return email
        return ""

    def name_courses(self, person: User, role: str) -> str:
        return ", ".join(self.courses.get((person.pk, role), ()))


def _rows(people: QuerySet[User]) -> Iterator[list[str]]:
    """Yield a row per person; people and their keys are loaded in batches."""
    after = 0
    while found := list(people.filter(pk__gt=after).order_by("pk")[:BATCH_SIZE]):
        bonds = _load_bonds(found)
        for person in found:
            identity = load_identity_or_none(person)
            if identity is not None:
                yield [guarded(clean_cell(cell)) for cell in _cells(person, identity, bonds)]
        after = found[-1].pk


def _cells(person: User, identity: Identity, bonds: PeopleBonds) -> Sequence[str]:
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


def _load_bonds(people: Sequence[User]) -> PeopleBonds:
    """Load the guardians and courses; the keys of all these people are warmed first."""
    emails: dict[int, list[str]] = defaultdict(list)
    bonds = Guardianship.objects.filter(ward__in=people).select_related("guardian").order_by("pk")
    wards = {(bond.ward_id, bond.guardian_id) for bond in bonds}
    guardians = {bond.guardian_id: bond.guardian for bond in bonds}
    _warm_keys([*people, *guardians.values()])
    opened = {pk: _emails_of(guardian) for pk, guardian in guardians.items()}
    for bond in bonds:
        emails[bond.ward_id] += opened[bond.guardian_id]
    named = [email for each in emails.values() for email in each]
    courses: dict[tuple[int, str], list[str]] = defaultdict(list)
    enrolled = Enrolment.objects.filter(user__in=people, course__preview_of=None)
    for row in enrolled.select_related("course").order_by("course__slug"):
        courses[row.user_id, row.role].append(row.course.slug)
    return PeopleBonds(emails, find_guardians(named), wards, courses)


def _warm_keys(people: Sequence[User]) -> None:
    """Read the keys of all identities at once, instead of one keystore lookup each."""
    columns = [getattr(person, column) for person in people for column in SEALED]
    open_keystore().warm_keys({id for sealed in columns if sealed for id in key_ids(bytes(sealed))})


def _emails_of(guardian: User) -> list[str]:
    identity = load_identity_or_none(guardian)
    texts = (identity.email, identity.login) if identity else ()
    return [text for text in texts if text and is_email(text)]
