"""Sealed values: readable only with all their keys, and only at their own place (I-9).

Format: 0x01, n, n sorted key ids of 8 bytes, a nonce of 12 bytes, AES-256-GCM. Place and header are
authenticated, so a value moved to another row, column or person does not open. A value made from
several scopes is sealed under all their keys: destroying any one makes it unreadable.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Mapping, Sequence
from os import urandom
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vault.errors import KeyDestroyed, Tampered
from vault.keystore import Key, open_keystore
from vault.secret_cache import ShortMemory

__all__ = [
    "Key",
    "KeyDestroyed",
    "Place",
    "Sealer",
    "Tampered",
    "Unsealer",
    "key_ids",
    "reseal",
    "seal",
    "unseal",
]

VERSION = 1
ID, NONCE, TAG = 8, 12, 16
LENGTH = struct.Struct(">I").pack
_ciphers: ShortMemory[bytes, AESGCM] = ShortMemory(time.monotonic)


class Place(NamedTuple):
    """Where a sealed value is stored: `row` is an identity made before the insert."""

    table: str
    column: str
    row: str
    subject: UUID


class Sealer:
    """Seals many values of one person's column under the same keys.

    It holds a cipher, so it must not outlive the first of its keys.
    """

    __slots__ = ("after", "before", "cipher", "head")

    def __init__(self, keys: Sequence[Key], *, table: str, column: str, subject: UUID) -> None:
        ordered = keys if len(keys) == 1 else sorted({k.id: k for k in keys}.values(), key=_by_id)
        if not 1 <= len(ordered) <= 255:
            raise ValueError(f"expected 1 to 255 keys, got {len(ordered)}")
        ids = b"".join([key.id for key in ordered])
        self.cipher = _cipher(ids, ordered)
        self.head = bytes((VERSION, len(ordered))) + ids
        self.before = _part(table.encode()) + _part(column.encode())
        self.after = _part(subject.bytes) + self.head

    def seal(self, plain: bytes, row: str) -> bytes:
        """Return the value sealed for the row with this identity."""
        nonce, identity = urandom(NONCE), row.encode()
        bound = self.before + LENGTH(len(identity)) + identity + self.after
        return self.head + nonce + self.cipher.encrypt(nonce, plain, bound)


class Unsealer:
    """Opens many values of one person's column; consecutive ones often have the same keys.

    It holds a cipher, so it must not outlive the loop that opens them.
    """

    __slots__ = ("after", "before", "cipher", "head", "table_column")

    def __init__(self, *, table: str, column: str, subject: UUID) -> None:
        self.table_column = f"{table}.{column}"
        self.before = _part(table.encode()) + _part(column.encode())
        self.after = _part(subject.bytes)
        self.head = b""

    def unseal(self, stored: bytes | memoryview, row: str) -> bytes:
        """Return the plain bytes of the row with this identity. Raises KeyDestroyed, Tampered."""
        sealed, end = bytes(stored), len(self.head)
        if not end or sealed[:end] != self.head or len(sealed) < end + NONCE + TAG:
            end = self._choose_cipher(sealed)
        identity = row.encode()
        bound = self.before + LENGTH(len(identity)) + identity + self.after + self.head
        try:
            return self.cipher.decrypt(sealed[end : end + NONCE], sealed[end + NONCE :], bound)
        except InvalidTag as error:
            raise Tampered(f"{self.table_column} does not open at its place") from error

    def _choose_cipher(self, sealed: bytes) -> int:
        """Use the cipher of this value's keys from now on; return the length of its head."""
        self.head = b""
        ids = key_ids(sealed)
        joined = b"".join(ids)
        cipher = _ciphers.get(joined)
        self.cipher = cipher or _cipher(joined, [open_keystore().key(id) for id in ids])
        self.head = sealed[: 2 + len(joined)]
        return len(self.head)


def seal(plain: bytes, *, keys: Sequence[Key], place: Place) -> bytes:
    """Return the value sealed for one place under all these keys."""
    sealer = Sealer(keys, table=place.table, column=place.column, subject=place.subject)
    return sealer.seal(plain, place.row)


def unseal(stored: bytes | memoryview, *, place: Place) -> bytes:
    """Return the plain bytes. Raises KeyDestroyed, or Tampered if bytes or place do not match."""
    opener = Unsealer(table=place.table, column=place.column, subject=place.subject)
    return opener.unseal(stored, place.row)


def reseal(stored: bytes | memoryview, *, place: Place, instead: Mapping[bytes, Key]) -> bytes:
    """Return the value sealed under new keys; `instead` maps old key ids to their replacements.

    Raises KeyDestroyed, Tampered.
    """
    keys = [instead.get(id) or open_keystore().key(id) for id in key_ids(bytes(stored))]
    return seal(unseal(stored, place=place), keys=keys, place=place)


def key_ids(sealed: bytes) -> list[bytes]:
    """Return the ids of the keys a value is sealed under. Raises Tampered."""
    if len(sealed) < 2 or sealed[0] != VERSION or sealed[1] == 0:
        raise Tampered(f"expected a sealed value of version {VERSION}, got {len(sealed)} bytes")
    end = 2 + ID * sealed[1]
    ids = [sealed[start : start + ID] for start in range(2, end, ID)]
    if len(sealed) < end + NONCE + TAG or ids != sorted(set(ids)):
        raise Tampered(f"a sealed value of {len(sealed)} bytes has a broken head")
    return ids


def _part(text: bytes) -> bytes:
    return LENGTH(len(text)) + text


def _by_id(key: Key) -> bytes:
    return key.id


def _cipher(ids: bytes, ordered: Sequence[Key]) -> AESGCM:
    """Return the cipher of these keys, cached no longer than the first of them may be."""
    cached = _ciphers.get(ids)
    if cached is not None:
        return cached
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"attune seal 1" + ids)
    cipher = AESGCM(derived.derive(b"".join(key.secret for key in ordered)))
    until = min(key.until for key in ordered)
    if until > 0:
        _ciphers.put(ids, cipher, until)
    return cipher
