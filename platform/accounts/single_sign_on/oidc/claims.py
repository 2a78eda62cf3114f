"""The claims of a verified ID token about a person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from accounts.email_address import LONGEST_EMAIL, is_email
from accounts.single_sign_on.providers import Provider

LONGEST: Final = 200
DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class ProviderIdentity:
    """One person at one provider; a field is empty if the provider did not report it.

    `email` is set only if the provider verified it. `signed_in_at`: when they last proved their
    identity there. `session`: the provider's own id of that sign-in.
    """

    issuer: str
    subject: str
    name: str
    username: str
    email: str
    born: date | None
    groups: frozenset[str]
    has_second_factor: bool
    signed_in_at: datetime | None
    session: str


def read_claims(provider: Provider, claims: Mapping[str, Any]) -> ProviderIdentity:
    """Return the claims as an identity; a claim of the wrong form counts as absent."""
    return ProviderIdentity(
        issuer=provider.issuer,
        subject=str(claims["sub"]),
        name=_read_text(claims, "name") or _join_names(claims),
        username=_read_text(claims, "preferred_username", LONGEST_EMAIL),
        email=_read_email(claims),
        born=_read_date(claims.get("birthdate")),
        groups=_read_groups(claims, provider.roles_claim),
        has_second_factor=_has_second_factor(provider, claims),
        signed_in_at=_read_time(claims.get("auth_time")),
        session=_read_text(claims, "sid"),
    )


def _join_names(claims: Mapping[str, Any]) -> str:
    names = (_read_text(claims, "given_name"), _read_text(claims, "family_name"))
    return " ".join(filter(None, names))


def _read_text(claims: Mapping[str, Any], claim: str, longest: int = LONGEST) -> str:
    """Return the text as one line, or "" if it is too long or has unprintable characters."""
    value = claims.get(claim)
    if not isinstance(value, str):
        return ""
    line = " ".join(value.split())
    return line if len(line) <= longest and line.isprintable() else ""


def _read_email(claims: Mapping[str, Any]) -> str:
    """Return the e-mail that the provider verified, if it is a usable address."""
    email = _read_text(claims, "email", LONGEST_EMAIL)
    return email if claims.get("email_verified") is True and is_email(email) else ""


def _read_date(value: object) -> date | None:
    """Return a full date, else None; OpenID also allows a year alone, or the year 0000."""
    if not isinstance(value, str) or not DATE.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _read_time(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _read_groups(claims: Mapping[str, Any], path: str) -> frozenset[str]:
    """Return a claim's values; a path such as `realm_access.roles` leads into an object."""
    value: Any = claims
    for name in path.split(".") if path not in claims else [path]:
        value = value.get(name) if isinstance(value, Mapping) else None
    values = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return frozenset(each for each in values if isinstance(each, str))


def _has_second_factor(provider: Provider, claims: Mapping[str, Any]) -> bool:
    methods = claims.get("amr")
    methods = methods if isinstance(methods, list) else []
    return claims.get("acr") in provider.second_factor_acr or any(
        each in provider.second_factor_amr for each in methods
    )
