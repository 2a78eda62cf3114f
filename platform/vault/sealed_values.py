"""Sealing of JSON values and of files: the only way to store confidential content."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from vault.encryption import Place, key_ids, reseal, seal, unseal
from vault.errors import KeyDestroyed, Tampered
from vault.keystore import Key, open_keystore

__all__ = [
    "KeyDestroyed",
    "Place",
    "Tampered",
    "canonical",
    "key_ids",
    "reseal",
    "seal_bytes",
    "seal_file",
    "seal_value",
    "unseal_file",
    "unseal_value",
]


def canonical(value: object) -> bytes:
    """Return the canonical JSON of a value. Raises ValueError for NaN and infinity."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def seal_value(
    value: object,
    *,
    place: Place,
    scopes: Mapping[str, int],
    now: datetime,
    extra_keys: Sequence[Key] = (),
) -> bytes:
    """Return the value sealed under the person's current key of each scope.

    `scopes` maps scope to epoch; `extra_keys` are further keys that belong to no person.
    """
    keys = [*_current_keys(place.subject, scopes, now), *extra_keys]
    return seal(canonical(value), keys=keys, place=place)


def seal_bytes(plain: bytes, *, place: Place, scopes: Mapping[str, int], now: datetime) -> bytes:
    """Return a person's file sealed as `seal_value` seals a value; `unseal_file` opens it."""
    return seal(plain, keys=_current_keys(place.subject, scopes, now), place=place)


def unseal_value(sealed: bytes | memoryview, *, place: Place) -> Any:
    """Return the value. Raises KeyDestroyed or Tampered."""
    return json.loads(unseal(sealed, place=place))


def _current_keys(subject: UUID, scopes: Mapping[str, int], now: datetime) -> list[Key]:
    store = open_keystore()
    return [store.current_key(subject, scope, epoch, now) for scope, epoch in scopes.items()]


def seal_file(plain: bytes, *, place: Place, keys: Sequence[Key]) -> bytes:
    """Return a file's bytes sealed under keys that belong to no person."""
    return seal(plain, keys=keys, place=place)


def unseal_file(sealed: bytes, *, place: Place) -> bytes:
    """Return the file's bytes. Raises KeyDestroyed or Tampered."""
    return unseal(sealed, place=place)
