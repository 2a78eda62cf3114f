"""The providers that people may sign in with, parsed from a TOML file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

KEY: Final = r"[a-z][a-z0-9-]{0,29}"
REQUIRED: Final = ("key", "name", "issuer", "client_id")
SECRETS: Final = ("client_secret", "client_secret_file", "client_secret_env")
TEXTS: Final = (*REQUIRED, *SECRETS, "roles_claim", "age_band")
LISTS: Final = ("scopes", "second_factor_acr", "second_factor_amr")
SWITCHES: Final = ("create_accounts", "link_by_email")
NAMES: Final = (*TEXTS, *LISTS, *SWITCHES, "roles")
AGE_BANDS: Final = ("adult", "teen", "child")
SecretReader = Callable[[str, str], str]
# Only a Steward makes a Steward (accounts.administration.steward_nominations).
ROLES: Final = ("learner", "teacher", "author", "researcher", "guardian")


class InvalidProviders(ValueError):
    """The file cannot be used; the sentence says why and contains no secret."""


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider; docs/single-sign-on.md describes each field."""

    key: str
    name: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    create_accounts: bool = False
    link_by_email: bool = False
    age_band: str = ""
    roles_claim: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    second_factor_acr: tuple[str, ...] = ()
    second_factor_amr: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignInRules:
    """How people sign in on this site; without a file, by password only."""

    providers: tuple[Provider, ...] = ()
    by_password: bool = True

    def find(self, key: str) -> Provider | None:
        """Return the provider with this key."""
        return next((each for each in self.providers if each.key == key), None)


def parse_rules(
    text: str, *, read_secret: SecretReader, is_safe: Callable[[str], bool]
) -> SignInRules:
    """Return the rules in the file. Raises WrongProviders.

    `read_secret` returns the content of a secret file or variable, by the kind of the entry and its
    value. `is_safe` tells whether an address may be called: by TLS, or on this computer.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidProviders(f"it is not TOML: {error}") from None
    by_password = content.pop("password_sign_in", True)
    tables = content.pop("provider", [])
    if content:
        raise InvalidProviders(f"nothing is called {min(content)!r} here")
    if not isinstance(by_password, bool):
        raise InvalidProviders("password_sign_in must be true or false")
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise InvalidProviders("write each provider under [[provider]]")
    providers = tuple(_parse_provider(table, read_secret, is_safe) for table in tables)
    _refuse_doubles(providers)
    if not by_password and not providers:
        raise InvalidProviders("password_sign_in is false and there is no provider")
    return SignInRules(providers, by_password)


def _parse_provider(
    table: Mapping[str, Any], read_secret: SecretReader, is_safe: Callable[[str], bool]
) -> Provider:
    where = f"provider {table.get('key')!r}"
    _check_types(table, where)
    if not re.fullmatch(KEY, table["key"]):
        raise InvalidProviders(f"{where}: key must be lower-case letters, digits and hyphens")
    if not is_safe(table["issuer"]):
        raise InvalidProviders(f"{where}: issuer must be https://… without a user name in it")
    given: dict[str, Any] = {
        **{name: table[name] for name in (*REQUIRED, *SWITCHES) if name in table},
        **{name: tuple(table[name]) for name in LISTS if name in table},
    }
    provider = Provider(
        **given,
        client_secret=_read_client_secret(table, where, read_secret),
        age_band=table.get("age_band", ""),
        roles_claim=table.get("roles_claim", ""),
        roles=dict(table.get("roles", {})),
    )
    _check_meaning(provider, where)
    return provider


def _check_types(table: Mapping[str, Any], where: str) -> None:
    if unknown := set(table) - set(NAMES):
        raise InvalidProviders(f"{where}: nothing is called {min(unknown)!r}")
    for name in REQUIRED:
        if not table.get(name):
            raise InvalidProviders(f"{where}: {name} is missing")
    for name, value in table.items():
        if not _is_of_its_kind(name, value):
            raise InvalidProviders(f"{where}: {name} is not of the right kind")


def _is_of_its_kind(name: str, value: object) -> bool:
    if name in TEXTS:
        return isinstance(value, str)
    if name in SWITCHES:
        return isinstance(value, bool)
    if name in LISTS:
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def _read_client_secret(table: Mapping[str, Any], where: str, read_secret: SecretReader) -> str:
    given = [name for name in SECRETS if table.get(name)]
    if len(given) != 1:
        raise InvalidProviders(f"{where}: give {', '.join(SECRETS[:-1])} or {SECRETS[-1]}")
    (name,) = given
    return str(table[name]) if name == "client_secret" else read_secret(name, table[name])


def _check_meaning(provider: Provider, where: str) -> None:
    if "openid" not in provider.scopes:
        raise InvalidProviders(f"{where}: scopes must hold 'openid'")
    if provider.age_band and provider.age_band not in AGE_BANDS:
        raise InvalidProviders(f"{where}: age_band must be one of {', '.join(AGE_BANDS)}")
    if bool(provider.roles_claim) != bool(provider.roles):
        raise InvalidProviders(f"{where}: roles_claim and roles belong together")
    if wrong := set(provider.roles.values()) - set(ROLES):
        raise InvalidProviders(f"{where}: no claim can give the role {min(wrong)!r}")


def _refuse_doubles(providers: tuple[Provider, ...]) -> None:
    keys = [each.key for each in providers]
    if doubles := {key for key in keys if keys.count(key) > 1}:
        raise InvalidProviders(f"two providers have the key {min(doubles)!r}")
    issuers = [each.issuer.rstrip("/") for each in providers]
    if doubles := {issuer for issuer in issuers if issuers.count(issuer) > 1}:
        raise InvalidProviders(f"two providers have the issuer {min(doubles)!r}")
