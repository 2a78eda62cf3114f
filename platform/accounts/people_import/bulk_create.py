"""Bulk creation of people, with one statement for each table.

The accounts and their audit leaves are the same as those of `person_changes.add_person`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction

import audit
from accounts.administration import guardianship_mails
from accounts.administration.person_records import PersonRecord
from accounts.identity import Identity, make_keys, seal_identity
from accounts.keyed_hash import digest_login, digest_number
from accounts.models import Guardianship, User
from accounts.people import check_roles

# Only a nomination makes a Steward; an imported record cannot.
NOMINATED: Final = "steward"


@dataclass(frozen=True, slots=True)
class PersonToAdd:
    """A record, the code the person will get, and their guardian, if any."""

    code: UUID
    record: PersonRecord
    guardian: User | None = None


def find_free(identities: Sequence[Identity]) -> list[bool]:
    """Return for each whether username and number are unused, here and earlier in the list."""
    logins = [digest_login(each.login) for each in identities]
    numbers = [digest_number(each.number) if each.number else "" for each in identities]
    taken = set(_find_in_use("login_digest", logins))
    taken_numbers = set(_find_in_use("number_digest", numbers))
    free = []
    for login, number in zip(logins, numbers, strict=True):
        free.append(login not in taken and number not in taken_numbers)
        taken.add(login)
        taken_numbers |= {number} - {""}
    return free


@transaction.atomic
def add_people(people: Sequence[PersonToAdd], *, by: User, now: datetime) -> list[User]:
    """Create accounts without a password, and their guardianships.

    Raises IntegrityError if a username or number was taken since `find_free`.
    """
    if any(NOMINATED in each.record.roles for each in people):
        raise ValueError("expected no data steward in a bulk import")
    make_keys([each.code for each in people], now=now)
    added = User.objects.bulk_create([_make_user(each, now) for each in people])
    roles = {each.code: {"roles": sorted(each.record.roles)} for each in people}
    audit.record_about_each("person.create", actor=by.code, publics=roles)
    wards = [
        (user, each.guardian) for user, each in zip(added, people, strict=True) if each.guardian
    ]
    bonds = Guardianship.objects.bulk_create(
        Guardianship(guardian=guardian, ward=ward, since=now) for ward, guardian in wards
    )
    guardianship_mails.notify_added(bonds, by=by.code, now=now)
    return added


def _find_in_use(column: str, digests: Collection[str]) -> Sequence[str]:
    wanted = [each for each in digests if each]
    return list(User.objects.filter(**{f"{column}__in": wanted}).values_list(column, flat=True))


def _make_user(person: PersonToAdd, now: datetime) -> User:
    record = person.record
    check_roles(record.roles, record.age_band)
    return User(
        code=person.code,
        **seal_identity(record.identity, person.code, now=now),
        roles=list(record.roles),
        password=make_password(None),
        age_band=record.age_band,
        created_at=now,
    )
