"""Key-encryption keys, one per generation: wrapped by an outer encryption, kept a second."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.errors import KeystoreBusy, Tampered
from vault.key_table import KeyTable
from vault.outer_encryption import NoOuterEncryption, OuterEncryption
from vault.secret_cache import LIFE_S, ShortMemory

SIZE = 32
NONCE = 12
# Later than every generation.
END: Final = 1 << 62


class Generations:
    """The master keys of one store; `outer` encrypts them before they are stored."""

    def __init__(self, table: KeyTable, clock: Callable[[], float], outer: OuterEncryption) -> None:
        self._table = table
        self._clock = clock
        self._outer = outer
        self._memory: ShortMemory[int, bytes] = ShortMemory(clock)
        self._away: ShortMemory[str, str] = ShortMemory(clock)

    def make(self, number: int) -> None:
        """Store a new key; what a killed run left under this number was never used."""
        self._table.start_generation(number, self._outer.shut(number, secrets.token_bytes(SIZE)))

    def any_before(self, number: int) -> bool:
        """Return whether the key of an older generation is still stored."""
        return bool(self._table.masters_before(number))

    def name_master(self, number: int) -> str:
        """Return how a certificate names this key: by its service only if that wraps it.

        Raises KeystoreBusy if it is gone: destroyed meanwhile, or lost.
        """
        try:
            stored = self._table.read_master(number)
        except FileNotFoundError:
            text = f"master key {number} is gone: is this the newest state of the keystore?"
            raise KeystoreBusy(text) from None
        outer = self._outer if self._outer.wraps(stored) else NoOuterEncryption()
        return outer.name_key(number)

    def require_service(self) -> None:
        """Raise KeystoreBusy unless the service opens the newest key.

        With a wrong address or log-in it would report every other key as destroyed, too.
        """
        newest = max(self._table.masters_before(END))
        try:
            self._open(newest, self._table.read_master(newest))
        except FileNotFoundError:
            raise KeystoreBusy(f"the key service lacks master key {newest}") from None

    def destroy_before(self, number: int) -> None:
        """Destroy the keys of all older generations, first in the service that wraps them.

        The stored one is removed last, as the mark that its generation is still to be destroyed.
        """
        for older in self._table.masters_before(number):
            self._outer.destroy(older)
            self._table.remove_master(older)
        self._memory.clear()

    def wrap(self, number: int, secret: bytes, about: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        return nonce + AESGCM(self._read(number)).encrypt(nonce, secret, about)

    def unwrap(self, number: int, wrapped: bytes, about: bytes) -> bytes:
        """Return the secret.

        Raises FileNotFoundError if the generation is gone: read the row again.
        """
        try:
            cipher = AESGCM(self._read(number))
            return cipher.decrypt(wrapped[:NONCE], wrapped[NONCE:], about)
        except InvalidTag as error:
            raise Tampered("a wrapped key does not fit its row in the keystore") from error

    def _read(self, number: int) -> bytes:
        cached = self._memory.get(number)
        if cached is not None:
            return cached
        since = self._clock()
        read = self._open(number, self._table.read_master(number))
        self._memory.put(number, read, since + LIFE_S)
        return read

    def _open(self, number: int, stored: bytes) -> bytes:
        if not self._outer.wraps(stored):
            if self._table.shared or len(stored) != SIZE:
                raise KeystoreBusy(
                    f"master key {number} is not wrapped by the key service of the settings"
                )
            # Made before a service was configured: the next rotation replaces it.
            return stored
        # Of many calls in one act, only the first waits for a service that is away.
        if why := self._away.get("why"):
            raise KeystoreBusy(why)
        try:
            return self._outer.open(number, stored)
        except KeystoreBusy as error:
            self._away.put("why", str(error), self._clock() + LIFE_S)
            raise


class MasterKeyFolder:
    """The files `kek-<n>` of one folder: 0600, overwritten before deletion."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, number: int, stored: bytes) -> None:
        path = self._path(number)
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            os.write(handle, stored)
            os.fsync(handle)
        finally:
            os.close(handle)
        self._sync_folder()

    def read(self, number: int) -> bytes:
        """Return the content. Raises FileNotFoundError."""
        return self._path(number).read_bytes()

    def before(self, number: int) -> list[int]:
        numbers = (int(path.name.removeprefix("kek-")) for path in self.folder.glob("kek-*"))
        return sorted(each for each in numbers if each < number)

    def remove(self, number: int) -> None:
        path = self._path(number)
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        self._sync_folder()

    def _path(self, number: int) -> Path:
        return self.folder / f"kek-{number}"

    def _sync_folder(self) -> None:
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
