"""Provider connections as pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from accounts.mfa import second_factor
from accounts.models import User
from accounts.single_sign_on.account_links import find_links
from accounts.single_sign_on.providers import Provider


@dataclass(frozen=True, slots=True)
class ProviderConnection:
    """One provider; `since` is None if the person is not connected.

    If a connected provider is no longer in the file, its key is shown as its name.
    """

    key: str
    name: str
    since: datetime | None
    offered: bool


def list_connections(person: User) -> list[ProviderConnection]:
    """Return every provider of the site, and every other one the person is connected to."""
    links, providers = find_links(person), settings.SIGN_IN_RULES.providers
    offered = [_describe(each, links[each.key].made_at if each.key in links else None)
               for each in providers]  # fmt: skip
    keys = {each.key for each in providers}
    removed = [ProviderConnection(key, key, link.made_at, False) for key, link in links.items()
            if key not in keys]  # fmt: skip
    return offered + removed


def list_account_makers() -> list[str]:
    """Return the names of the providers that create an account with the first sign-in."""
    providers: tuple[Provider, ...] = settings.SIGN_IN_RULES.providers
    return [each.name for each in providers if each.create_accounts]


def find_confirming_providers(person: User) -> list[Provider]:
    """Return the providers that can confirm this person's identity strongly enough.

    A provider that does not report when the person signed in there, such as Google, cannot.
    """
    providers: tuple[Provider, ...] = settings.SIGN_IN_RULES.providers
    if not providers:
        return []
    links = find_links(person)
    needs_factor = second_factor.needs_factor(
        person.roles, has_factor=second_factor.find_factor(person) is not None
    )
    return [
        each
        for each in providers
        if each.key in links
        and links[each.key].tells_time
        and (not needs_factor or each.second_factor_acr or each.second_factor_amr)
    ]


def _describe(provider: Provider, since: datetime | None) -> ProviderConnection:
    return ProviderConnection(provider.key, provider.name, since, True)
