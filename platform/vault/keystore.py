"""The site's keys: destroying one makes everything it sealed unreadable (I-2, I-10).

The store stands at `settings.KEYSTORE_DIR`, outside the database and its backups. It is opened at
the first call; a folder that cannot be used is an error of that call, so callers fail closed.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from vault.rows import Name
from vault.store import Key, Store

__all__ = [
    "ALL",
    "All",
    "Key",
    "Name",
    "current_key",
    "current_keys",
    "destroy",
    "ids",
    "key",
    "pepper",
    "rewrap",
    "salt",
    "signing_seed",
]


class All(Enum):
    """Every scope of a person, and their salt."""

    ALL = "all"


ALL: Final = All.ALL
SITE: Final = UUID(int=0)
# Names that no stream and no site scope can have.
SALT: Final = ".salt"
PEPPER: Final = ".pepper"
SIGNING: Final = ".signing"


def current_key(subject: UUID, scope: str, epoch: int, now: datetime) -> Key:
    """The key to seal with now; a new one where the newest is older than seven days."""
    return _store().current_key((subject, scope, epoch), now)


async def current_keys(wanted: Sequence[Name], now: datetime) -> dict[Name, Key]:
    """The keys of many (subject, scope, epoch) at once, without blocking the loop."""
    return await _store().current_keys(wanted, now)


def key(id: bytes) -> Key:
    """The key with this id. Raises KeyDestroyed where it is gone."""
    return _store().key(id)


def destroy(subject: UUID, scopes: Collection[str] | All) -> int:
    """Destroy the person's keys of these scopes; how many. Again is harmless."""
    return _store().destroy(subject, None if isinstance(scopes, All) else scopes)


def rewrap() -> int:
    """Start a new generation and end the older ones, with every older copy of the store."""
    return _store().rewrap()


def ids(subject: UUID) -> list[bytes]:
    """The ids of all the person's keys, for a certificate."""
    return _store().ids(subject)


def salt(subject: UUID) -> bytes:
    """The person's salt, destroyed with ALL: hashes made with it name nobody afterwards."""
    return _store().lasting_key((subject, SALT, 0), timezone.now()).secret


def pepper() -> bytes:
    """The site's secret for digests of log-in names."""
    return _store().lasting_key((SITE, PEPPER, 0), timezone.now()).secret


def signing_seed() -> bytes:
    """The seed of the site's Ed25519 key; `vault.signing` alone asks for it."""
    return _store().lasting_key((SITE, SIGNING, 0), timezone.now()).secret


def _store() -> Store:
    return _open(str(settings.KEYSTORE_DIR))


@functools.lru_cache(maxsize=16)
def _open(folder: str) -> Store:
    return Store(Path(folder))
