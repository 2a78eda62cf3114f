"""A person's identity: sealed under scope `identity` and looked up by keyed digests (I-8)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, Q, QuerySet, Value, When

from accounts.keyed_hash import digest_email, digest_login, digest_number, normalise_login
from accounts.models import User
from vault.keystore import open_keystore
from vault.sealed_values import Place, seal_value, unseal_value

SCOPES = {"identity": 0}


@dataclass(frozen=True, slots=True)
class Identity:
    """The identifying data that a Steward records about a person, as typed; empty if not recorded.

    `number` is the organisation's own number for the person, such as a student number.
    """

    name: str
    login: str
    email: str = ""
    number: str = ""
    born: date | None = None

    def __post_init__(self) -> None:
        if not normalise_login(self.login):
            raise ValueError("expected a username, got an empty text")


def has_invisible(login: str) -> bool:
    """Return whether a username contains invisible characters, such as a zero-width space."""
    return any(unicodedata.category(letter) in ("Cf", "Cc") for letter in login)


def make_keys(codes: Sequence[UUID], *, now: datetime) -> None:
    """Create the missing keys of many people in one call; one call each would wait for the disk."""
    names = [(code, scope, epoch) for code in codes for scope, epoch in SCOPES.items()]
    open_keystore().current_keys(names, now)


def destroy_keys(codes: Sequence[UUID]) -> None:
    """Destroy every key of these people with one rewrite of the keystore. Raises KeystoreBusy."""
    if ids := [id for code in codes for id in open_keystore().key_ids(code)]:
        open_keystore().destroy_ids(ids)


def match_typed(typed: str) -> QuerySet[User]:
    """Return the users a typed text may mean: first by username, then by e-mail."""
    login, email = Q(login_digest=digest_login(typed)), Q(email_digest=digest_email(typed))
    order = Case(When(login, then=Value(0)), default=Value(1))
    return User.objects.filter(login | email).order_by(order, "pk")


def seal_identity(identity: Identity, code: UUID, *, now: datetime) -> dict[str, Any]:
    """Return the columns of `accounts_user` that store this identity."""
    texts = {
        "name": identity.name,
        "login": identity.login,
        "email": identity.email,
        "number": identity.number,
        "born": identity.born.isoformat() if identity.born else "",
    }
    always = ("name", "login")
    sealed = {
        f"{field}_sealed": _seal(text, f"{field}_sealed", code, now)
        if text or field in always
        else None
        for field, text in texts.items()
    }
    return {
        **sealed,
        "login_digest": digest_login(identity.login),
        "email_digest": digest_email(identity.email) if identity.email else None,
        "number_digest": digest_number(identity.number) if identity.number else None,
    }


def load_identity(user: User) -> Identity:
    """Return the recorded identity of a person. Raises KeyDestroyed after erasure."""
    return Identity(
        name=unseal_column(user, "name_sealed"),
        login=unseal_column(user, "login_sealed"),
        email=unseal_column(user, "email_sealed"),
        number=unseal_column(user, "number_sealed"),
        born=load_birthday(user),
    )


def load_birthday(user: User) -> date | None:
    """Return the date of birth, or None if it is not recorded. Raises KeyDestroyed."""
    born = unseal_column(user, "born_sealed")
    return date.fromisoformat(born) if born else None


def unseal_column(user: User, column: str) -> str:
    """Return the text of one column, or "" if it is NULL. Raises KeyDestroyed."""
    sealed = getattr(user, column)
    return "" if sealed is None else str(unseal_value(sealed, place=_place(column, user.code)))


def _place(column: str, code: UUID) -> Place:
    return Place("accounts_user", column, str(code), code)


def _seal(text: str, column: str, code: UUID, now: datetime) -> bytes:
    return seal_value(text, place=_place(column, code), scopes=SCOPES, now=now)
