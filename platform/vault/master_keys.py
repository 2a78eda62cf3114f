"""Key-encryption keys: one 0600 file per generation, created once, overwritten before deletion."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.errors import Tampered
from vault.hashicorp_transit import OuterEncryption
from vault.secret_cache import LIFE_S, ShortMemory

SIZE = 32
NONCE = 12


class Generations:
    """The files `kek-<n>` of one folder; `outer` encrypts their content."""

    def __init__(self, folder: Path, clock: Callable[[], float], outer: OuterEncryption) -> None:
        self.folder = folder
        self._clock = clock
        self._outer = outer
        self._memory: ShortMemory[int, bytes] = ShortMemory(clock)

    def make(self, number: int) -> None:
        """Write a new key; a leftover of a killed run under this number was never used."""
        path = self._path(number)
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            os.write(handle, self._outer.shut(number, secrets.token_bytes(SIZE)))
            os.fsync(handle)
        finally:
            os.close(handle)
        self._sync_folder()

    def any_before(self, number: int) -> bool:
        """Return whether the key of an older generation is still on disk."""
        return bool(self._before(number))

    def destroy_before(self, number: int) -> None:
        """Overwrite and remove the keys of all older generations.

        A file is removed last, as the mark that its generation is still to be destroyed.
        """
        for path in self._before(number):
            self._outer.destroy(_number(path))
            with path.open("r+b") as file:
                file.write(secrets.token_bytes(path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        self._sync_folder()
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
        read = self._outer.open(number, self._path(number).read_bytes())
        self._memory.put(number, read, since + LIFE_S)
        return read

    def _before(self, number: int) -> list[Path]:
        every = self.folder.glob("kek-*")
        return [path for path in every if _number(path) < number]

    def _path(self, number: int) -> Path:
        return self.folder / f"kek-{number}"

    def _sync_folder(self) -> None:
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _number(path: Path) -> int:
    return int(path.name.removeprefix("kek-"))
