"""A per-process cache of each provider's metadata and keys.

One request at a time fetches them, and a failed attempt is remembered too. So neither a crowd nor
forged tokens make the site call a provider often.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final

from joserfc.jwk import KeySet

from accounts.single_sign_on.oidc import token_verification
from accounts.single_sign_on.oidc.metadata import (
    ProviderMetadata,
    WrongMetadata,
    metadata_address,
    read_metadata,
)
from accounts.single_sign_on.providers import Provider
from push.per_event_loop import PerLoop

REMEMBERED_S: Final = 3600.0
# How long a failed attempt is remembered.
FAILED_S: Final = 10.0
# An unknown key triggers a new fetch of the keys, but not for each of many forged tokens.
SELDOM_S: Final = 60.0
NEVER: Final = float("-inf")
Fetch = Callable[[str], Awaitable[object]]


@dataclass(slots=True)
class ProviderMemory:
    """The cache of one provider.

    `…_at`: when it was read; `…_tried_at`: when it was last requested.
    """

    metadata: ProviderMetadata | None = None
    metadata_at: float = NEVER
    metadata_tried_at: float = NEVER
    keys: KeySet | None = None
    keys_at: float = NEVER
    keys_tried_at: float = NEVER


_memories: dict[tuple[str, str], ProviderMemory] = defaultdict(ProviderMemory)
_locks: PerLoop[dict[tuple[str, str], asyncio.Lock]] = PerLoop(lambda: defaultdict(asyncio.Lock))


async def load_metadata(provider: Provider, fetch: Fetch) -> ProviderMetadata:
    """Return the metadata. Raises WrongMetadata, and whatever `fetch` raises."""
    memory = _memories[name_of_provider(provider)]
    async with _locks.current()[name_of_provider(provider)]:
        if memory.metadata is not None and _age(memory.metadata_at) <= REMEMBERED_S:
            return memory.metadata
        if _age(memory.metadata_tried_at) < FAILED_S:
            raise WrongMetadata("it could not be read a moment ago")
        memory.metadata_tried_at = monotonic()
        memory.metadata = read_metadata(provider, await fetch(metadata_address(provider)))
        memory.metadata_at = monotonic()
        return memory.metadata


def find_metadata(provider: Provider) -> ProviderMetadata | None:
    """Return the metadata that this process read last, however old; calls no other server."""
    memory = _memories.get(name_of_provider(provider))
    return None if memory is None else memory.metadata


async def load_keys(
    name: tuple[str, str], address: str, fetch: Fetch, *, too_old: KeySet | None = None
) -> KeySet:
    """Return the keys at an address; `too_old` are those that lacked the key of a token.

    `name`: issuer and client, by which they are cached.

    Raises WrongMetadata, UnknownKey, and whatever `fetch` raises.
    """
    memory = _memories[name]
    async with _locks.current()[name]:
        cached = memory.keys
        if cached is not None and cached is not too_old and _age(memory.keys_at) <= REMEMBERED_S:
            return cached
        if _age(memory.keys_tried_at) < (FAILED_S if too_old is None else SELDOM_S):
            if too_old is None:
                raise WrongMetadata("its keys could not be read a moment ago")
            raise token_verification.UnknownKey("key")
        memory.keys_tried_at = monotonic()
        memory.keys = token_verification.read_keys(await fetch(address))
        memory.keys_at = monotonic()
        return memory.keys


def name_of_provider(provider: Provider) -> tuple[str, str]:
    """Return the name by which a provider is cached."""
    return provider.issuer, provider.client_id


def _age(at: float) -> float:
    return monotonic() - at
