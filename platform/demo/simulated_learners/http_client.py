"""HTTP client of a simulated person: requests with a session, a CSRF token, the site's Origin."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from attune_client.connection import SocketAddress
from vault import http_client

PATIENCE_S, LARGEST = 15.0, 1 << 24
# As a browser's: giving up early would add load to a site that is busy with a class.
SOCKET_PATIENCE_S = 60.0
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


class UnexpectedResponse(OSError):
    """The site's response is not what a page expects."""


@dataclass(frozen=True, slots=True)
class SiteResponse:
    """A response; `location` of a redirect, which is not followed."""

    status: int
    location: str
    text: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """One signed-in browser. `url` is the site's address without a path."""

    url: str
    session: str
    token: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def origin(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def cookie(self) -> str:
        names = (
            (settings.SESSION_COOKIE_NAME, self.session),
            (settings.CSRF_COOKIE_NAME, self.token),
        )
        return "; ".join(f"{name}={value}" for name, value in names)

    def socket(self, path: str) -> SocketAddress:
        url = self.origin.replace("http", "ws", 1) + path
        headers = {"Cookie": self.cookie}
        return SocketAddress(url, headers, self.origin, SOCKET_PATIENCE_S, ping_s=None)

    async def get(self, path: str) -> SiteResponse:
        return await asyncio.to_thread(self._ask, "GET", path, None, FORM)

    async def post(self, path: str, fields: Mapping[str, object]) -> SiteResponse:
        body = urlencode(fields, doseq=True).encode()
        return await asyncio.to_thread(self._ask, "POST", path, body, FORM)

    async def post_json(self, path: str, fields: Mapping[str, object]) -> Mapping[str, object]:
        body = json.dumps(fields).encode()
        answer = await asyncio.to_thread(self._ask, "POST", path, body, JSON)
        found: Mapping[str, object] = json.loads(answer.text)
        return found

    def _ask(self, verb: str, path: str, body: bytes | None, kind: str) -> SiteResponse:
        """Send one request on a separate connection; raises OSError."""
        headers = {
            "Cookie": self.cookie,
            "Content-Type": kind,
            "Origin": self.origin,
            "Referer": f"{self.origin}/",
            "X-CSRFToken": self.token,
        }
        reply = http_client.send_request(
            verb, f"{self.origin}{path}", body, headers, timeout=PATIENCE_S, largest=LARGEST
        )
        answer = SiteResponse(reply.status, reply.headers["Location"] or "", reply.body.decode())
        if answer.status >= 400 and answer.status != 422:
            raise UnexpectedResponse(f"{verb} {path}: {answer.status}")
        return answer
