"""Making, finding and naming people. A name leaves its seal only through `name_of` (I-8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from django.contrib.auth.hashers import make_password
from django.db import transaction

import audit
from accounts import ending
from accounts.digests import digest, normal
from accounts.models import AGE_BANDS, ROLES, Guardianship, PasswordLink, User
from vault.values import Place, seal_value, unseal_value

__all__ = [
    "by_login",
    "digest",
    "email_of",
    "lock",
    "make_guardian",
    "make_person",
    "name_of",
    "set_password",
]

IDENTITY = {"identity": 0}


@transaction.atomic
def make_person(
    login: str,
    *,
    name: str,
    roles: Sequence[str],
    password: str | None,
    age_band: str = "adult",
    email: str = "",
    simulated: bool = False,
    now: datetime,
) -> User:
    """A new person; `password=None` makes an account that nobody can sign in to."""
    _check(login, roles, age_band)
    code = uuid4()
    user = User.objects.create(
        code=code,
        login_digest=digest(login),
        name_sealed=_seal(name, "name_sealed", code, now),
        email_sealed=_seal(email, "email_sealed", code, now) if email else None,
        roles=list(roles),
        password=make_password(password),
        age_band=age_band,
        simulated=simulated,
        created_at=now,
    )
    audit.record("person.create", actor=None, subject=code, public={"roles": sorted(roles)})
    return user


def by_login(login: str) -> User | None:
    """The person who signs in under this name, or nobody."""
    return User.objects.filter(login_digest=digest(login)).first()


def name_of(user: User) -> str:
    """The name as typed. Raises KeyDestroyed once the person is erased."""
    return _unseal(user.name_sealed, "name_sealed", user.code)


def email_of(user: User) -> str:
    """The e-mail, or an empty text where none was given."""
    if user.email_sealed is None:
        return ""
    return _unseal(user.email_sealed, "email_sealed", user.code)


@transaction.atomic
def set_password(user: User, password: str) -> None:
    """Set a new password and end every open log-in, API token, device key and one-time link."""
    user.password = make_password(password)
    user.save(update_fields=["password"])
    ending.end_all(user)
    PasswordLink.objects.filter(user=user).delete()
    audit.record("person.password", actor=user.code, subject=user.code)


@transaction.atomic
def lock(code: UUID) -> dict[str, int]:
    """Close an account to sign-in, and end all that was open with it; return the rows, by table."""
    person = User.objects.filter(code=code).first()
    if person is None:
        return {}
    User.objects.filter(pk=person.pk).update(is_active=False)
    return ending.end_all(person)


@transaction.atomic
def make_guardian(guardian: User, ward: User, *, now: datetime) -> Guardianship:
    """From now on this Guardian is asked about the ward's consents."""
    bond = Guardianship.objects.create(guardian=guardian, ward=ward, since=now)
    audit.record("person.guard", actor=guardian.code, subject=ward.code)
    return bond


def _check(login: str, roles: Sequence[str], age_band: str) -> None:
    if not normal(login):
        raise ValueError("expected a log-in name, got an empty text")
    if unknown := set(roles) - set(ROLES):
        raise ValueError(f"expected roles out of {ROLES}, got {sorted(unknown)}")
    if age_band not in AGE_BANDS:
        raise ValueError(f"expected an age band out of {AGE_BANDS}, got {age_band!r}")


def _place(column: str, code: UUID) -> Place:
    return Place("accounts_user", column, str(code), code)


def _seal(text: str, column: str, code: UUID, now: datetime) -> bytes:
    return seal_value(text, place=_place(column, code), scopes=IDENTITY, now=now)


def _unseal(sealed: bytes | memoryview, column: str, code: UUID) -> str:
    return str(unseal_value(sealed, place=_place(column, code)))
