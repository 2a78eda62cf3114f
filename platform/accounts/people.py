"""Create, find and name people. Names are unsealed only through `name_of` (I-8)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from uuid import UUID, uuid4

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

import audit
from accounts.administration import guardianship_mails
from accounts.identity import Identity, match_typed, seal_identity, unseal_column
from accounts.keyed_hash import digest_login
from accounts.models import AGE_BANDS, ROLES, Guardianship, User
from accounts.sessions import revocation
from vault.keystore import open_keystore
from vault.sealed_values import KeyDestroyed, key_ids

__all__ = [
    "email_of",
    "find_by_login",
    "find_by_typed",
    "lock_account",
    "make_guardian",
    "make_person",
    "name_of",
    "names_of",
    "set_password",
    "store_password",
]


@transaction.atomic
def make_person(
    login: str,
    *,
    name: str,
    roles: Sequence[str],
    password: str | None,
    age_band: str = "adult",
    email: str = "",
    number: str = "",
    born: date | None = None,
    simulated: bool = False,
    actor: UUID | None = None,
    code: UUID | None = None,
    now: datetime,
) -> User:
    """Create a person; `password=None` makes an account that cannot sign in.

    `code` is passed where the same act may be repeated.
    """
    check_roles(roles, age_band)
    code, identity = code or uuid4(), Identity(name, login, email, number, born)
    user = User.objects.create(
        code=code,
        **seal_identity(identity, code, now=now),
        roles=list(roles),
        password=make_password(password),
        age_band=age_band,
        simulated=simulated,
        created_at=now,
    )
    audit.record("person.create", actor=actor, subject=code, public={"roles": sorted(roles)})
    return user


def find_by_login(login: str) -> User | None:
    """Return the person with this username, or None."""
    return User.objects.filter(login_digest=digest_login(login)).first()


def find_by_typed(typed: str) -> User | None:
    """Return who signs in with this text: a username, or the e-mail of exactly one account.

    Only active accounts are found by e-mail. It runs one statement for any input, so that its
    duration reveals nothing.
    """
    login = digest_login(typed)
    counts = Q(login_digest=login) | Q(is_active=True)
    found = list(match_typed(typed).filter(counts)[:2])
    is_name = bool(found) and found[0].login_digest == login
    return found[0] if is_name or len(found) == 1 else None


def name_of(user: User) -> str:
    """Return the name as typed. Raises KeyDestroyed after erasure."""
    return unseal_column(user, "name_sealed")


def names_of(users: Sequence[User]) -> dict[UUID, str]:
    """Return the names of many people by code, with one read of the keystore.

    Erased people are missing. Keys stay in memory for one second, so pass a few hundred people at a
    time.
    """
    open_keystore().warm_keys([id for user in users for id in key_ids(bytes(user.name_sealed))])
    found = {}
    for user in users:
        with suppress(KeyDestroyed):
            found[user.code] = name_of(user)
    return found


def email_of(user: User) -> str:
    """Return the e-mail address, or "" if none is recorded."""
    return unseal_column(user, "email_sealed")


def set_password(user: User, password: str) -> None:
    """Set a new password and end all sessions and credentials; see `store_password`."""
    store_password(user, make_password(password))


@transaction.atomic
def store_password(user: User, hashed: str) -> None:
    """Store a hashed password; end every session, API token, device key and one-time link.

    Queued mails that carry a one-time link are deleted too.
    """
    user.password = hashed
    user.save(update_fields=["password"])
    revocation.end_all(user, by=user.code)
    revocation.end_links(user)
    audit.record("person.password", actor=user.code, subject=user.code)


@transaction.atomic
def lock_account(code: UUID, *, by: UUID | None) -> dict[str, int]:
    """Lock an account and end all its sessions and credentials; return the row counts by table."""
    person = User.objects.filter(code=code).first()
    if person is None:
        return {}
    User.objects.filter(pk=person.pk).update(is_active=False)
    return {**revocation.end_links(person), **revocation.end_all(person, by=by)}


@transaction.atomic
def make_guardian(
    guardian: User, ward: User, *, actor: UUID | None = None, now: datetime
) -> Guardianship:
    """Make a Guardian responsible for the ward's consents from now on."""
    bond = Guardianship.objects.create(guardian=guardian, ward=ward, since=now)
    guardianship_mails.notify_added([bond], by=actor or guardian.code, now=now)
    return bond


def check_roles(roles: Sequence[str], age_band: str) -> None:
    """Raise ValueError for an unknown role or age band."""
    if unknown := set(roles) - set(ROLES):
        raise ValueError(f"expected roles out of {ROLES}, got {sorted(unknown)}")
    if age_band not in AGE_BANDS:
        raise ValueError(f"expected an age band out of {AGE_BANDS}, got {age_band!r}")
