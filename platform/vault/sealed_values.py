"""Sealing of values that JSON can hold, and of files: the one way to keep what must not be read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from vault import keystore
from vault.encryption import Place, key_ids, reseal, seal, unseal
from vault.errors import KeyDestroyed, Tampered
from vault.keystore import Key

__all__ = [
    "KeyDestroyed",
    "Place",
    "Tampered",
    "canonical",
    "key_ids",
    "reseal",
    "seal_file",
    "seal_value",
    "unseal_file",
    "unseal_value",
]


def canonical(value: object) -> bytes:
    """The one JSON text of a value. Raises ValueError on NaN and infinity."""
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
    beside: Sequence[Key] = (),
) -> bytes:
    """Seal under the place's person's current key of each scope, by scope and epoch, and under keys
    `beside` those that are nobody's."""
    keys = [
        keystore.current_key(place.subject, scope, epoch, now) for scope, epoch in scopes.items()
    ]
    return seal(canonical(value), keys=[*keys, *beside], place=place)


def unseal_value(sealed: bytes | memoryview, *, place: Place) -> Any:
    """The value. Raises KeyDestroyed or Tampered."""
    return json.loads(unseal(sealed, place=place))


def seal_file(plain: bytes, *, place: Place, keys: Sequence[Key]) -> bytes:
    """Seal a file's bytes whole, under keys that are nobody's."""
    return seal(plain, keys=keys, place=place)


def unseal_file(sealed: bytes, *, place: Place) -> bytes:
    """The file's bytes. Raises KeyDestroyed or Tampered."""
    return unseal(sealed, place=place)
