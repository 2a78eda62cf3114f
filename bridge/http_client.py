"""The site from outside: where its socket is, and which Sitting the token's Learner has open.

The token goes over https, or to this very computer; never further in clear, and no redirect is
followed with it.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

HERE = ("localhost", "127.0.0.1", "::1")
PATH = "/api/v1/devices/sitting/"
PATIENCE_S, LARGEST = 15.0, 1 << 20
SAID = {
    401: "The key is not valid, or no longer valid. Ask the learner for a new one.",
    429: "Too many requests. Wait a minute.",
    503: "The site is not ready. Try again in half a minute.",
}


class BadSite(ValueError):
    """The address cannot be meant."""


class NotNow(OSError):
    """The site has answered: not now, and why; the words are for the person in the lab."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An open Sitting: `now` in its seconds; `free_from` by Stream that the token may send."""

    sitting: str
    now: float
    free_from: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Site:
    """An address without a path, and the token."""

    scheme: str
    place: str
    token: str

    def socket(self, sitting: str) -> str:
        return f"{self.scheme.replace('http', 'ws', 1)}://{self.place}/ws/sittings/{sitting}/"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def opened(self) -> Opened:
        """The Sitting that is open. Raises NotNow with words, OSError where nobody answers."""
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        connection = kinds[self.scheme](self.place, timeout=PATIENCE_S)
        try:
            connection.request("GET", PATH, headers=self.headers)
            came = connection.getresponse()
            status, body = came.status, came.read(LARGEST + 1)
        except http.client.HTTPException as error:
            raise NotNow(f"{self.place} does not answer like an Attune site: {error!r}") from error
        finally:
            connection.close()
        if len(body) > LARGEST:
            raise NotNow(f"{self.place} answered with more than {LARGEST} bytes.")
        if status != 200:
            raise NotNow(SAID.get(status) or _detail(body) or f"The site answered {status}.")
        said = json.loads(body)
        free = {each["stream"]: float(each["free_from"]) for each in said["streams"]}
        return Opened(str(said["sitting"]), float(said["now"]), free)


def site(address: str, token: str) -> Site:
    """The site at `address`. Raises BadSite where it is none, or would be spoken to in clear."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise BadSite(f"expected an address such as https://school.example, got {address!r}")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise BadSite(f"expected an address without a path, got {address!r}")
    if parts.scheme == "http" and parts.hostname not in HERE:
        raise BadSite(f"{address}: over http anybody on the way could read the key; use https")
    if not token.isascii() or not token.isprintable() or not token or " " in token:
        raise BadSite("expected one key in the token file, and nothing else")
    return Site(parts.scheme, parts.netloc, token)


def _detail(body: bytes) -> str:
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    return str(found.get("detail", "")) if isinstance(found, dict) else ""
