"""Key-encryption keys shut once more by a transit service, so that a stolen disk opens nothing.

Speaks the transit API of HashiCorp Vault and OpenBao. Each generation has a key of its own there;
once that is deleted, every copy of the keystore's folder from before opens nothing, backups of it
too. Plain keys stay as short in memory as without (I-2), so the service is asked once a second.
Where it does not answer the keystore is busy, as where its disk is full.
"""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol

from vault import http_client
from vault.errors import KeystoreBusy

PATIENCE_S = 2.0
KIND = "aes256-gcm96"
SHUT = b"vault:"
# Sealed, in standby (it redirects), overrun, or a proxy that does not reach it: again later.
PASSING = frozenset({307, 429, 472, 473, 500, 502, 503, 504})


class Outer(Protocol):
    """What lies around the key-encryption key of a generation, as it stands on the disk."""

    def shut(self, number: int, secret: bytes) -> bytes: ...

    def open(self, number: int, stored: bytes) -> bytes:
        """FileNotFoundError where this generation was destroyed."""

    def destroy(self, number: int) -> None:
        """Again is harmless."""


class Nothing:
    """The file itself is all there is."""

    def shut(self, number: int, secret: bytes) -> bytes:  # noqa: ARG002
        return secret

    def open(self, number: int, stored: bytes) -> bytes:  # noqa: ARG002
        return stored

    def destroy(self, number: int) -> None:
        """Goes with the file."""


class TransitRefused(OSError):
    """The service said no; its status is told, its answer may hold what it was asked."""


@dataclass(frozen=True, slots=True)
class Transit:
    """`url`: the mount, such as https://vault.example.org:8200/v1/transit; keys `<name>-<n>`."""

    url: str
    name: str
    token: str = field(repr=False)

    def shut(self, number: int, secret: bytes) -> bytes:
        self._ask("POST", f"keys/{self._key(number)}", {"type": KIND})
        told = self._ask(
            "POST", f"encrypt/{self._key(number)}", {"plaintext": base64.b64encode(secret).decode()}
        )
        return str(told["data"]["ciphertext"]).encode()

    def open(self, number: int, stored: bytes) -> bytes:
        if not stored.startswith(SHUT):
            # Made before a service was named: the next rotation ends it.
            return stored
        body = {"ciphertext": stored.decode()}
        try:
            told = self._ask("POST", f"decrypt/{self._key(number)}", body)
        except TransitRefused:
            if self._is_gone(number):
                raise FileNotFoundError(f"generation {number} is gone") from None
            raise
        return base64.b64decode(told["data"]["plaintext"])

    def destroy(self, number: int) -> None:
        """What counts is that it is not there afterwards, whatever the service said before."""
        for method, path, body in (
            ("POST", f"keys/{self._key(number)}/config", {"deletion_allowed": True}),
            ("DELETE", f"keys/{self._key(number)}", {}),
        ):
            with suppress(TransitRefused):
                self._ask(method, path, body)
        if not self._is_gone(number):
            raise TransitRefused(HTTPStatus.CONFLICT, "the transit service keeps an old key")

    def _is_gone(self, number: int) -> bool:
        try:
            self._ask("GET", f"keys/{self._key(number)}")
        except TransitRefused as refused:
            if refused.errno == HTTPStatus.NOT_FOUND:
                return True
            raise
        return False

    def _key(self, number: int) -> str:
        return f"{self.name}-{number}"

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"X-Vault-Token": self.token, "Content-Type": "application/json"}
        sent = json.dumps(body).encode() if body else None
        try:
            reply = http_client.send(
                method, f"{self.url}/{path}", sent, headers, timeout=PATIENCE_S
            )
            found = json.loads(reply.body) if reply.accepted and reply.body else {}
        except (OSError, ValueError) as error:
            kind = type(error).__name__
            raise KeystoreBusy(f"the transit service did not answer ({kind})") from None
        if not reply.accepted:
            said = f"the transit service answered {reply.status}"
            if reply.status in PASSING:
                raise KeystoreBusy(said)
            raise TransitRefused(reply.status, said)
        return found
