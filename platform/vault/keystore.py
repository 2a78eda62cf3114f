"""The site's keys: destroying one makes everything it sealed unreadable (I-2, I-10).

The store is at `settings.KEYSTORE_DIR`, outside the database and its backups. It is opened at the
first call. An unusable folder is an error of that call, so callers fail closed.
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

from vault.erasure_ledger import LedgerEntry
from vault.hashicorp_transit import NoOuterEncryption, OuterEncryption, Transit
from vault.queries import Name
from vault.store import Key, KeyStore

__all__ = [
    "ALL",
    "All",
    "Key",
    "LedgerEntry",
    "Name",
    "count_older",
    "current_key",
    "current_keys",
    "delete_older",
    "destroy",
    "destroy_ids",
    "folder",
    "generation",
    "has_key",
    "key",
    "key_ids",
    "ledger_ref",
    "load_erasures",
    "pepper",
    "picture_secret",
    "record_erasure",
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
    """Selects every scope of a person, and their salt."""

    ALL = "all"


ALL: Final = All.ALL
SITE: Final = UUID(int=0)
# Scope names that no stream and no site scope can have.
SALT: Final = ".salt"
PEPPER: Final = ".pepper"
SIGNING: Final = ".signing"
PICTURE: Final = ".picture"
LEDGER: Final = ".ledger"
STUDY: Final = ".study"


def current_key(subject: UUID, scope: str, epoch: int, now: datetime) -> Key:
    """Return the key to seal with now; a new one if the newest is older than seven days."""
    return _store().current_key((subject, scope, epoch), now)


def current_keys(wanted: Sequence[Name], now: datetime) -> dict[Name, Key]:
    """Return the keys of many (subject, scope, epoch) in one call; may wait for the disk."""
    return _store().current_keys(wanted, now)


def key(id: bytes) -> Key:
    """Return the key with this id. Raises KeyDestroyed if it is gone."""
    return _store().key(id)


def warm_keys(ids: Collection[bytes]) -> None:
    """Read many keys by one statement, before their values are unsealed. Creates none."""
    _store().warm(ids)


def destroy(subject: UUID, scopes: Collection[str] | All) -> int:
    """Destroy the person's keys of these scopes; return how many. Repeating is harmless."""
    return _store().destroy(subject, None if isinstance(scopes, All) else scopes)


def delete_older(scopes: Sequence[str], before: datetime) -> int:
    """Delete everyone's keys of these scopes made before then; return how many.

    They are destroyed only by a following `wipe`.
    """
    return _store().delete_older(scopes, before)


def wipe() -> None:
    """Remove every trace of deleted keys from the disk. Raises KeystoreBusy: retry later."""
    _store().wipe()


def count_older(scopes: Sequence[str], before: datetime) -> int:
    """Return how many keys `delete_older` would delete."""
    return _store().older(scopes, before)


def destroy_ids(ids: Collection[bytes]) -> int:
    """Destroy only these keys; return how many. Repeating is harmless."""
    return _store().destroy_ids(ids)


def used_since(
    subject: UUID, scopes: Sequence[str], since: datetime
) -> dict[bytes, tuple[Name, datetime]]:
    """Return the keys that may have sealed something since then, with names and creation times."""
    return _store().used_since(subject, scopes, since)


def rewrap(since: int | None = None) -> int:
    """Start a new generation and destroy the older ones, so that older copies are unreadable.

    With `since`, a rotation that another process finished after that generation is enough. Returns
    the number of keys.
    """
    return _store().rewrap(since)


def generation() -> int:
    """Return the generation that new keys are wrapped under."""
    return _store().generation()


def key_ids(subject: UUID, scopes: Collection[str] | All = ALL) -> list[bytes]:
    """Return the ids of the person's keys of these scopes, for a certificate."""
    return _store().ids(subject, None if isinstance(scopes, All) else scopes)


def has_key(id: bytes) -> bool:
    """Return whether a key with this id is in the store."""
    return _store().has(id)


def folder() -> Path:
    """Return the folder of the store's files."""
    return Path(settings.KEYSTORE_DIR)


def record_erasure(entry: LedgerEntry) -> None:
    """Record an erasure where a restored database cannot lose it."""
    _store().remember(entry)


def load_erasures(limit: int = -1) -> list[LedgerEntry]:
    """Return the newest recorded erasures, or all of them."""
    return _store().remembered(limit)


def ledger_ref(subject: UUID) -> bytes:
    """Return how the ledger names a person."""
    secret = _store().lasting_key((SITE, LEDGER, 0), timezone.now()).secret
    return hmac.digest(secret, subject.bytes, "sha256")


def salt(subject: UUID) -> bytes:
    """Return the person's salt, destroyed with ALL; hashes made with it then identify no one."""
    return _store().lasting_key((subject, SALT, 0), timezone.now()).secret


def warm_salts(subjects: Collection[UUID]) -> None:
    """Create missing salts in one transaction, and read all of them by one statement."""
    _store().lasting_keys([(subject, SALT, 0) for subject in subjects], timezone.now())


def study_key(study: UUID, *, ends_at: datetime) -> Key:
    """Return the key of a new study.

    Its age counts from the study's end, so that the job that deletes old keys deletes it in time.
    Store its id, because another call would create another key.
    """
    return _store().lasting_key((study, STUDY, 0), ends_at)


def pepper() -> bytes:
    """Return the site's secret for digests of usernames."""
    return _store().lasting_key((SITE, PEPPER, 0), timezone.now()).secret


def signing_seed() -> bytes:
    """Return the seed of the site's Ed25519 key; only `vault.signing` calls it."""
    return _store().lasting_key((SITE, SIGNING, 0), timezone.now()).secret


def picture_secret() -> bytes:
    """Return the seed of the noise in group figures (`teaching.class_picture.noise`)."""
    return _store().lasting_key((SITE, PICTURE, 0), timezone.now()).secret


def _store() -> KeyStore:
    return _open(str(settings.KEYSTORE_DIR))


@functools.lru_cache(maxsize=16)
def _open(folder: str) -> KeyStore:
    return KeyStore(Path(folder), outer=_make_outer())


def _make_outer() -> OuterEncryption:
    """Return the transit service if one is configured, else no outer encryption."""
    if not settings.KEYSTORE_TRANSIT_URL:
        return NoOuterEncryption()
    return Transit(
        settings.KEYSTORE_TRANSIT_URL,
        settings.KEYSTORE_TRANSIT_NAME,
        settings.KEYSTORE_TRANSIT_TOKEN,
    )
