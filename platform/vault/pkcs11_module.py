"""Encryption of the master keys by a PKCS#11 module: a hardware module, or SoftHSM2.

Each generation has an AES key of its own in the token, which the module never gives out. Once it is
destroyed, every older copy of the keystore is unreadable. The sessions of a process are its own: a
module must be started again after a fork. If it does not answer the keystore is busy.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from vault.errors import KeystoreBusy, Tampered

WRONG_PIN: Final = (
    "the PKCS#11 token refused the PIN: correct KEYSTORE_PKCS11_PIN and restart the processes"
)
PREFIX: Final = b"pkcs11:1:"
NONCE: Final = 12
TAG_BITS: Final = 128
KEY_BITS: Final = 256
T = TypeVar("T")
# How long a thread waits for its turn: a module that hangs would hold all of them.
TURN_S: Final = 2.0
# One session for each module, token and process; calls of threads take turns.
_lock = threading.Lock()
_sessions: dict[tuple[str, str, int], Any] = {}
# Tokens that refused the PIN of this process: another try would bring them nearer to being locked.
_refused: set[Pkcs11] = set()


class Pkcs11Refused(KeystoreBusy):
    """The module kept an old key."""


@dataclass(frozen=True, slots=True)
class Pkcs11:
    """`module`: the library's path; `slot`: the token's label; keys are `<name>-<n>`."""

    module: str
    slot: str
    name: str
    pin: str = field(repr=False)

    def name_key(self, number: int) -> str:
        return f"pkcs11:{self._label(number)}".lower()

    def shut(self, number: int, secret: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        sealed = self._run(lambda session: self._encrypt(session, number, nonce, secret))
        return PREFIX + nonce + sealed

    def wraps(self, stored: bytes) -> bool:
        return stored.startswith(PREFIX)

    def open(self, number: int, stored: bytes) -> bytes:
        """Return the secret. Raises FileNotFoundError if this generation was destroyed."""
        nonce, sealed = stored[len(PREFIX) :][:NONCE], stored[len(PREFIX) + NONCE :]
        return self._run(lambda session: self._decrypt(session, number, nonce, sealed))

    def destroy(self, number: int) -> None:
        """Destroy the key and verify that it is gone, in a search of the token."""
        self._run(lambda session: self._destroy(session, number))

    def _encrypt(self, session: Any, number: int, nonce: bytes, secret: bytes) -> bytes:
        found = self._find(session, number) or [self._make(session, number)]
        return bytes(found[0].encrypt(secret, **_gcm(nonce)))

    def _decrypt(self, session: Any, number: int, nonce: bytes, sealed: bytes) -> bytes:
        found = self._find(session, number)
        if not found:
            raise FileNotFoundError(f"generation {number} is gone")
        return bytes(found[0].decrypt(sealed, **_gcm(nonce)))

    def _destroy(self, session: Any, number: int) -> None:
        for key in self._find(session, number):
            key.destroy()
        if self._find(session, number):
            raise Pkcs11Refused("the PKCS#11 module keeps an old key")

    def _make(self, session: Any, number: int) -> Any:
        pkcs11 = _library()
        attribute = pkcs11.Attribute
        return session.generate_key(
            pkcs11.KeyType.AES,
            KEY_BITS,
            label=self._label(number),
            store=True,
            capabilities=pkcs11.MechanismFlag.ENCRYPT | pkcs11.MechanismFlag.DECRYPT,
            template={
                attribute.SENSITIVE: True, attribute.EXTRACTABLE: False,
                attribute.PRIVATE: True, attribute.MODIFIABLE: False,
            },
        )  # fmt: skip

    def _find(self, session: Any, number: int) -> list[Any]:
        pkcs11 = _library()
        attribute = pkcs11.Attribute
        wanted = {
            attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY,
            attribute.LABEL: self._label(number),
        }
        return list(session.get_objects(wanted))

    def _label(self, number: int) -> str:
        return f"{self.name}-{number}"

    def _run(self, act: Callable[[Any], T]) -> T:
        """Run one act in this process's session, in turn. Raises KeystoreBusy, Tampered."""
        if not _lock.acquire(timeout=TURN_S):
            raise KeystoreBusy("the PKCS#11 module is busy with another call")
        try:
            return self._run_twice(act)
        finally:
            _lock.release()

    def _run_twice(self, act: Callable[[Any], T]) -> T:
        """Run the act; after an error start the module again once.

        A session that is only dropped would leave the user logged in, and a second one refused.
        """
        errors = _library().exceptions
        try:
            return act(self._session())
        except (errors.EncryptedDataInvalid, errors.EncryptedDataLenRange):
            raise Tampered("the token did not encrypt this master key") from None
        except errors.PKCS11Error as error:
            _sessions.clear()
            self._require_pin(error)
        try:
            _library().lib(self.module).reinitialize()
            return act(self._session())
        except errors.PKCS11Error as error:
            _sessions.pop(self._place, None)
            self._require_pin(error)
            kind = type(error).__name__
            raise KeystoreBusy(f"the PKCS#11 module did not answer ({kind})") from None

    def _require_pin(self, error: Exception) -> None:
        errors = _library().exceptions
        if isinstance(error, (errors.PinIncorrect, errors.PinLocked)):
            _refused.add(self)
            raise KeystoreBusy(WRONG_PIN) from None

    @property
    def _place(self) -> tuple[str, str, int]:
        return (self.module, self.slot, os.getpid())

    def _session(self) -> Any:
        if self in _refused:
            raise KeystoreBusy(WRONG_PIN)
        if self._place not in _sessions:
            try:
                library = _library().lib(self.module)
            except RuntimeError as error:
                raise KeystoreBusy("the PKCS#11 module cannot be loaded") from error
            if any(place[2] != os.getpid() for place in _sessions):
                # A forked process inherits the library, not its connection to the token.
                _sessions.clear()
                library.reinitialize()
            token = library.get_token(token_label=self.slot)
            _sessions[self._place] = token.open(user_pin=self.pin, rw=True)
        return _sessions[self._place]


def _gcm(nonce: bytes) -> dict[str, Any]:
    pkcs11 = _library()
    return {
        "mechanism": pkcs11.Mechanism.AES_GCM,
        "mechanism_param": pkcs11.GCMParams(nonce, b"", TAG_BITS),
    }


def _library() -> Any:
    """Return the package `python-pkcs11`, which only sites with a module need."""
    try:
        import pkcs11
    except ImportError as error:
        raise KeystoreBusy("KEYSTORE_PKCS11_MODULE needs the package python-pkcs11") from error
    return pkcs11


def _renew_lock() -> None:
    # A thread of the parent may have held it.
    global _lock  # noqa: PLW0603
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_renew_lock)
