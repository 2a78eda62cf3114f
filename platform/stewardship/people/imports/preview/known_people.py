"""People of the site who appear in the rows of a file.

People are found by number, and without one by username. They are locked, so that none of them
begins to be erased before their row is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from accounts.administration.person_records import PersonRecord, load_record
from accounts.keyed_hash import digest_email, digest_login, digest_number
from accounts.models import Guardianship, User
from privacy.models import Erasure
from stewardship.people.imports.files.row_parser import TypedRow
from stewardship.people.imports.files.row_problems import RowProblem
from vault.sealed_values import KeyDestroyed


@dataclass(slots=True)
class KnownPeople:
    """People of the site who appear in some rows, locked until the transaction ends."""

    by_number: dict[str, User]
    by_login: dict[str, User]
    guardians: dict[str, User]
    records: dict[int, PersonRecord] = field(default_factory=dict)
    people_being_erased: set[int] = field(default_factory=set)
    wards: set[tuple[int, int]] = field(default_factory=set)

    @classmethod
    def find(cls, rows: Sequence[TypedRow], login_of: Callable[[TypedRow], str]) -> KnownPeople:
        """Look up the people and guardians in the rows."""
        numbers = [digest_number(typed.number) for typed in rows if typed.number]
        emails = [typed.guardian for typed in rows if typed.guardian]
        logins = [digest_login(login) for typed in rows if (login := login_of(typed))]
        logins += [digest_login(email) for email in emails]
        # Lock in one query and one order: two transactions that lock people one by one could
        # deadlock.
        every = User.objects.select_for_update(no_key=True).order_by("pk")
        people = list(every.filter(Q(number_digest__in=numbers) | Q(login_digest__in=logins)))
        by_number = {str(user.number_digest): user for user in people if user.number_digest}
        by_login = {user.login_digest: user for user in people}
        known = cls(by_number, by_login, find_guardians(emails))
        known._load({user.pk: user for user in people})
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
            self.people_being_erased.add(user.pk)
        bonds = Guardianship.objects.filter(ward__in=people)
        self.wards.update(bonds.values_list("ward_id", "guardian_id"))

    def find_person(self, typed: TypedRow) -> User | None:
        """Return the person a row is about: by number, or without one by username."""
        if typed.number:
            return self.by_number.get(digest_number(typed.number))
        login = typed.login or typed.email
        return self.by_login.get(digest_login(login)) if login else None

    def find_erased(self, *people: User | None) -> RowProblem | None:
        """Return a problem if one of these people is being erased: no more of the row is stored."""
        gone = any(person and person.pk in self.people_being_erased for person in people)
        return RowProblem("erasing") if gone else None

    def find_guardian(self, email: str) -> User | None:
        """Return the guardian who has this email or signs in with it."""
        return self.guardians.get(digest_email(email))

    def is_ward(self, ward: User, guardian: User) -> bool:
        return (ward.pk, guardian.pk) in self.wards

    def has_guardian(self, ward: User) -> bool:
        return any(ward.pk == pk for pk, _guardian in self.wards)


def find_guardians(emails: Sequence[str]) -> dict[str, User]:
    """Return guardians by email digest: the one who signs in with it, else the only one with it."""
    guardians = User.objects.filter(roles__contains=["guardian"], is_active=True, simulated=False)
    found: dict[str, list[User]] = {}
    for user in guardians.filter(email_digest__in=[digest_email(email) for email in emails]):
        found.setdefault(str(user.email_digest), []).append(user)
    alone = {key: users[0] for key, users in found.items() if len(users) == 1}
    logins = {digest_login(email): digest_email(email) for email in emails}
    signing_in = guardians.filter(login_digest__in=logins)
    return alone | {logins[user.login_digest]: user for user in signing_in}
