"""Encryption of the key-encryption keys by a transit service, so that a stolen disk is useless.

It uses the transit API of HashiCorp Vault and OpenBao. Each generation has a key of its own there.
Once that is deleted, every older copy of the keystore's folder is unreadable, backups included.
Plain keys stay in memory no longer than without it (I-2), so the service is called once a second.
If it does not answer the keystore is busy, as when its disk is full.
"""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from vault import http_client
from vault.errors import KeystoreBusy

TIMEOUT_S = 2.0
KEY_TYPE = "aes256-gcm96"
CIPHERTEXT_PREFIX = b"vault:"
# Sealed, in standby (redirect), rate limited, or not reached by its proxy: retry later.
TEMPORARY_STATUSES = frozenset({307, 429, 472, 473, 500, 502, 503, 504})


class TransitRefused(KeystoreBusy):
    """The service refused. Only its status is reported, since its answer may echo the request."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Transit:
    """`url`: the mount, such as https://vault.example.org:8200/v1/transit; keys `<name>-<n>`."""

    url: str
    name: str
    token: str = field(repr=False)

    def name_key(self, number: int) -> str:
        return f"transit:{self._key(number)}".lower()

    def shut(self, number: int, secret: bytes) -> bytes:
        self._ask("POST", f"keys/{self._key(number)}", {"type": KEY_TYPE})
        answer = self._ask(
            "POST", f"encrypt/{self._key(number)}", {"plaintext": base64.b64encode(secret).decode()}
        )
        return str(answer["data"]["ciphertext"]).encode()

    def wraps(self, stored: bytes) -> bool:
        return stored.startswith(CIPHERTEXT_PREFIX)

    def open(self, number: int, stored: bytes) -> bytes:
        body = {"ciphertext": stored.decode()}
        try:
            answer = self._ask("POST", f"decrypt/{self._key(number)}", body)
        except TransitRefused:
            if self._is_gone(number):
                raise FileNotFoundError(f"generation {number} is gone") from None
            raise
        return base64.b64decode(answer["data"]["plaintext"])

    def destroy(self, number: int) -> None:
        """Delete the key and verify that it is gone, whatever the service answered before."""
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
            if refused.status == HTTPStatus.NOT_FOUND:
                return True
            raise
        return False

    def _key(self, number: int) -> str:
        return f"{self.name}-{number}"

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"X-Vault-Token": self.token, "Content-Type": "application/json"}
        sent = json.dumps(body).encode() if body else None
        try:
            reply = http_client.send_request(
                method, f"{self.url}/{path}", sent, headers, timeout=TIMEOUT_S
            )
            found = json.loads(reply.body) if reply.accepted and reply.body else {}
        except (OSError, ValueError) as error:
            kind = type(error).__name__
            raise KeystoreBusy(f"the transit service did not answer ({kind})") from None
        if not reply.accepted:
            text = f"the transit service answered {reply.status}"
            if reply.status == HTTPStatus.FORBIDDEN:
                text += ": renew KEYSTORE_TRANSIT_TOKEN or its policy"
            if reply.status in TEMPORARY_STATUSES:
                raise KeystoreBusy(text)
            raise TransitRefused(reply.status, text)
        return found
