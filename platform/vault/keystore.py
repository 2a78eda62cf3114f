"""The site's keys: destroying one makes everything it sealed unreadable (I-2, I-10).

The store stands at `settings.KEYSTORE_DIR`, outside the database and its backups. It is opened at
the first call; a folder that cannot be used is an error of that call, so callers fail closed.
"""

from __future__ import annotations

import functools
import hmac
from collections.abc import Collection, Sequence
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from vault.erasure_ledger import Entry
from vault.hashicorp_transit import Nothing, Outer, Transit
from vault.queries import Name
from vault.store import Key, Store

__all__ = [
    "ALL",
    "All",
    "Entry",
    "Key",
    "Name",
    "current_key",
    "current_keys",
    "delete_older",
    "destroy",
    "destroy_ids",
    "folder",
    "generation",
    "has",
    "ids",
    "key",
    "ledger_ref",
    "older",
    "pepper",
    "picture_secret",
    "remember",
    "remembered",
    "rewrap",
    "salt",
    "signing_seed",
    "study_key",
    "used_since",
    "warm_keys",
    "warm_salts",
    "wipe",
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
PICTURE: Final = ".picture"
LEDGER: Final = ".ledger"
STUDY: Final = ".study"


def current_key(subject: UUID, scope: str, epoch: int, now: datetime) -> Key:
    """The key to seal with now; a new one where the newest is older than seven days."""
    return _store().current_key((subject, scope, epoch), now)


def current_keys(wanted: Sequence[Name], now: datetime) -> dict[Name, Key]:
    """The keys of many (subject, scope, epoch) at once; it may wait for the disk."""
    return _store().current_keys(wanted, now)


def key(id: bytes) -> Key:
    """The key with this id. Raises KeyDestroyed where it is gone."""
    return _store().key(id)


def warm_keys(ids: Collection[bytes]) -> None:
    """Read many keys by one statement, before their values are opened. It makes none."""
    _store().warm(ids)


def destroy(subject: UUID, scopes: Collection[str] | All) -> int:
    """Destroy the person's keys of these scopes; how many. Again is harmless."""
    return _store().destroy(subject, None if isinstance(scopes, All) else scopes)


def delete_older(scopes: Sequence[str], before: datetime) -> int:
    """Take everybody's keys of these scopes that were made before then; how many. They are
    destroyed by the `wipe` after it."""
    return _store().delete_older(scopes, before)


def wipe() -> None:
    """Let no byte of a deleted key stand on the disk. Raises KeystoreBusy: again later."""
    _store().wipe()


def older(scopes: Sequence[str], before: datetime) -> int:
    """How many keys `delete_older` would take."""
    return _store().older(scopes, before)


def destroy_ids(ids: Collection[bytes]) -> int:
    """Destroy these keys alone; how many. Again is harmless."""
    return _store().destroy_ids(ids)


def used_since(
    subject: UUID, scopes: Sequence[str], since: datetime
) -> dict[bytes, tuple[Name, datetime]]:
    """The keys that can have sealed something since then, with their names and births."""
    return _store().used_since(subject, scopes, since)


def rewrap(since: int | None = None) -> int:
    """Start a new generation and end the older ones, with every older copy of the store.

    With `since`, a rotation that another process ended after that generation is enough.
    """
    return _store().rewrap(since)


def generation() -> int:
    """The generation that new keys are wrapped under."""
    return _store().generation()


def ids(subject: UUID, scopes: Collection[str] | All = ALL) -> list[bytes]:
    """The ids of the person's keys of these scopes, for a certificate."""
    return _store().ids(subject, None if isinstance(scopes, All) else scopes)


def has(id: bytes) -> bool:
    """Return whether a key with this id stands in the store."""
    return _store().has(id)


def folder() -> Path:
    """Where the store's files are."""
    return Path(settings.KEYSTORE_DIR)


def remember(entry: Entry) -> None:
    """Note an erasure where a restored database cannot forget it."""
    _store().remember(entry)


def remembered(limit: int = -1) -> list[Entry]:
    """The newest erasures that were noted, or all of them."""
    return _store().remembered(limit)


def ledger_ref(subject: UUID) -> bytes:
    """How the ledger names a person."""
    secret = _store().lasting_key((SITE, LEDGER, 0), timezone.now()).secret
    return hmac.digest(secret, subject.bytes, "sha256")


def salt(subject: UUID) -> bytes:
    """The person's salt, destroyed with ALL: hashes made with it name nobody afterwards."""
    return _store().lasting_key((subject, SALT, 0), timezone.now()).secret


def warm_salts(subjects: Collection[UUID]) -> None:
    """Make the missing salts of many people by one transaction, and read all by one statement."""
    _store().lasting_keys([(subject, SALT, 0) for subject in subjects], timezone.now())


def study_key(study: UUID, *, ends_at: datetime) -> Key:
    """The one key of a new study. Its age counts from the study's end, so that the job which ends
    old keys ends it in time; keep its id, since asking again would make another."""
    return _store().lasting_key((study, STUDY, 0), ends_at)


def pepper() -> bytes:
    """The site's secret for digests of log-in names."""
    return _store().lasting_key((SITE, PEPPER, 0), timezone.now()).secret


def signing_seed() -> bytes:
    """The seed of the site's Ed25519 key; `vault.signing` alone asks for it."""
    return _store().lasting_key((SITE, SIGNING, 0), timezone.now()).secret


def picture_secret() -> bytes:
    """Return what noise in figures of a group is drawn from (`teaching.class_picture.noise`)."""
    return _store().lasting_key((SITE, PICTURE, 0), timezone.now()).secret


def _store() -> Store:
    return _open(str(settings.KEYSTORE_DIR))


@functools.lru_cache(maxsize=16)
def _open(folder: str) -> Store:
    return Store(Path(folder), outer=_outer())


def _outer() -> Outer:
    """The transit service, where the operator names one."""
    if not settings.KEYSTORE_TRANSIT_URL:
        return Nothing()
    return Transit(
        settings.KEYSTORE_TRANSIT_URL,
        settings.KEYSTORE_TRANSIT_NAME,
        settings.KEYSTORE_TRANSIT_TOKEN,
    )
