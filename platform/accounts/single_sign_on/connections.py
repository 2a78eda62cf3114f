"""What pages show of the providers: those of one person, and how each is connected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from accounts.mfa import second_factor
from accounts.models import User
from accounts.single_sign_on.account_links import connections_of
from accounts.single_sign_on.providers import Provider


@dataclass(frozen=True, slots=True)
class ProviderConnection:
    """One provider; `since` is None where the person is not connected.

    One that is connected may have gone from the file: then its key takes the place of its name.
    """

    key: str
    name: str
    since: datetime | None
    offered: bool


def list_connections(person: User) -> list[ProviderConnection]:
    """Return every provider of the site, and every one this person is connected with."""
    links, providers = connections_of(person), settings.SIGN_IN_RULES.providers
    offered = [_describe(each, links[each.key].made_at if each.key in links else None)
               for each in providers]  # fmt: skip
    keys = {each.key for each in providers}
    gone = [ProviderConnection(key, key, link.made_at, False) for key, link in links.items()
            if key not in keys]  # fmt: skip
    return offered + gone


def list_account_makers() -> list[str]:
    """Return the names of the providers whose people get an account with their first sign-in."""
    providers: tuple[Provider, ...] = settings.SIGN_IN_RULES.providers
    return [each.name for each in providers if each.create_accounts]


def confirming_providers(person: User) -> list[Provider]:
    """Return the providers that can confirm that it is this person, as strongly as needed.

    One that does not say when they signed in there, such as Google, confirms nothing.
    """
    providers: tuple[Provider, ...] = settings.SIGN_IN_RULES.providers
    if not providers:
        return []
    links = connections_of(person)
    owes = second_factor.owed(person.roles, held=second_factor.of(person) is not None)
    return [
        each
        for each in providers
        if each.key in links
        and links[each.key].tells_time
        and (not owes or each.second_factor_acr or each.second_factor_amr)
    ]


def _describe(provider: Provider, since: datetime | None) -> ProviderConnection:
    return ProviderConnection(provider.key, provider.name, since, True)
