"""The encryption around the master keys: none, or by a key service that destroys its own keys."""

from __future__ import annotations

from typing import Protocol


class OuterEncryption(Protocol):
    """The outer encryption of a generation's key-encryption key, as stored."""

    def name_key(self, number: int) -> str:
        """Return how a certificate names the key that a generation needs: `service:name`.

        A certificate has no capitals.
        """

    def shut(self, number: int, secret: bytes) -> bytes: ...

    def wraps(self, stored: bytes) -> bool:
        """Return whether it was shut by this kind of service."""

    def open(self, number: int, stored: bytes) -> bytes:
        """Return the secret. Raises FileNotFoundError if this generation was destroyed."""

    def destroy(self, number: int) -> None:
        """Destroy the generation's outer key and verify that; repeating is harmless."""


class NoOuterEncryption:
    """No outer encryption: the file contains the key itself."""

    def name_key(self, number: int) -> str:
        return f"file:kek-{number}"

    def shut(self, number: int, secret: bytes) -> bytes:  # noqa: ARG002
        return secret

    def wraps(self, stored: bytes) -> bool:  # noqa: ARG002
        return False

    def open(self, number: int, stored: bytes) -> bytes:  # noqa: ARG002
        return stored

    def destroy(self, number: int) -> None:
        """Do nothing: the key is destroyed with the file."""
