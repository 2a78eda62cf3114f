"""The people of the site who appear in the rows of a file.

People are found by number, and rows without one by username. The people who are found are locked,
so that none of them begins to be erased before their row is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from accounts.digests import digest, digest_email, digest_number
from accounts.models import Guardianship, User
from accounts.person_records import PersonRecord, load_record
from privacy.models import Erasure
from stewardship.people.importing.problems import Problem
from stewardship.people.importing.typed_rows import TypedRow
from vault.values import KeyDestroyed


@dataclass(slots=True)
class KnownPeople:
    """The people of the site who appear in some rows, locked until the transaction ends."""

    by_number: dict[str, User]
    by_login: dict[str, User]
    guardians: dict[str, User]
    records: dict[int, PersonRecord] = field(default_factory=dict)
    erasing: set[int] = field(default_factory=set)
    wards: set[tuple[int, int]] = field(default_factory=set)

    @classmethod
    def find(cls, rows: Sequence[TypedRow], login_of: Callable[[TypedRow], str]) -> KnownPeople:
        """Look up the people and guardians in the rows."""
        numbers = [digest_number(typed.number) for typed in rows if typed.number]
        emails = [typed.guardian for typed in rows if typed.guardian]
        logins = [digest(login) for typed in rows if (login := login_of(typed))]
        every = User.objects.select_for_update(no_key=True).order_by("pk")
        by_number = _index_by(every.filter(number_digest__in=numbers), "number_digest")
        logins += [digest(email) for email in emails]
        by_login = _index_by(every.filter(login_digest__in=logins), "login_digest")
        people = {user.pk: user for user in (*by_number.values(), *by_login.values())}
        known = cls(by_number, by_login, find_guardians(emails))
        known._load(people)
        return known

    def _load(self, people: dict[int, User]) -> None:
        codes = [user.code for user in people.values()]
        erasing = Erasure.objects.filter(subject__in=codes, scopes__isnull=True)
        gone = set(erasing.values_list("subject", flat=True))
        for user in people.values():
            try:
                if user.code not in gone:
                    self.records[user.pk] = load_record(user)
                    continue
            except KeyDestroyed:
                pass
            self.erasing.add(user.pk)
        bonds = Guardianship.objects.filter(ward__in=people)
        self.wards.update(bonds.values_list("ward_id", "guardian_id"))

    def find_person(self, typed: TypedRow) -> User | None:
        """Return the person a row is about: by number, and without one by username."""
        if typed.number:
            return self.by_number.get(digest_number(typed.number))
        login = typed.login or typed.email
        return self.by_login.get(digest(login)) if login else None

    def obstacle(self, person: User | None) -> Problem | None:
        """Say why a person who is known is not updated."""
        if person is None:
            return None
        if person.pk in self.erasing:
            return Problem("erasing")
        return Problem("simulated") if person.simulated else None

    def guardian(self, email: str) -> User | None:
        """Return the guardian who has this e-mail or signs in with it."""
        return self.guardians.get(digest_email(email))

    def is_ward(self, ward: User, guardian: User) -> bool:
        return (ward.pk, guardian.pk) in self.wards


def find_guardians(emails: Sequence[str]) -> dict[str, User]:
    """Return guardians by the digest of the e-mail: who signs in with it, else who alone has it."""
    guardians = User.objects.filter(roles__contains=["guardian"], is_active=True, simulated=False)
    found: dict[str, list[User]] = {}
    for user in guardians.filter(email_digest__in=[digest_email(email) for email in emails]):
        found.setdefault(str(user.email_digest), []).append(user)
    alone = {key: users[0] for key, users in found.items() if len(users) == 1}
    logins = {digest(email): digest_email(email) for email in emails}
    signing_in = guardians.filter(login_digest__in=logins)
    return alone | {logins[user.login_digest]: user for user in signing_in}


def _index_by(users: Iterable[User], column: str) -> dict[str, User]:
    return {str(getattr(user, column)): user for user in users}
