"""HTTP requests to the site: where its socket is, and which Sitting the token's Learner has open.

The token is sent over https, or to this computer, but never elsewhere in clear. No redirect is
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
MESSAGES_BY_STATUS = {
    401: "The key is not valid, or no longer valid. Ask the learner for a new one.",
    429: "Too many requests. Wait a minute.",
    503: "The site is not ready. Try again in half a minute.",
}


class BadSite(ValueError):
    """The address is invalid."""


class NotNow(OSError):
    """The site refused or is not ready. The text is shown to the person in the lab."""


@dataclass(frozen=True, slots=True)
class OpenSitting:
    """An open Sitting.

    `now`: s since it began. `free_from`: for each Stream that the token may send, the second from
    which nothing of it is stored yet.
    """

    sitting: str
    now: float
    free_from: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class SiteAddress:
    """An address without a path, and the token."""

    scheme: str
    place: str
    token: str

    def socket(self, sitting: str) -> str:
        return f"{self.scheme.replace('http', 'ws', 1)}://{self.place}/ws/sittings/{sitting}/"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def fetch_open_sitting(self) -> OpenSitting:
        """Fetch the Learner's open Sitting.

        Raises NotNow with a message for the user, OSError if the site does not answer.
        """
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
            raise NotNow(
                MESSAGES_BY_STATUS.get(status) or _detail(body) or f"The site answered {status}."
            )
        said = json.loads(body)
        free = {each["stream"]: float(each["free_from"]) for each in said["streams"]}
        return OpenSitting(str(said["sitting"]), float(said["now"]), free)


def parse_site(address: str, token: str) -> SiteAddress:
    """Parse the site's address. Raises BadSite if invalid, or if the token would go in clear."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise BadSite(f"expected an address such as https://school.example, got {address!r}")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise BadSite(f"expected an address without a path, got {address!r}")
    if parts.scheme == "http" and parts.hostname not in HERE:
        raise BadSite(f"{address}: over http, anyone on the way could read the key; use https")
    if not token.isascii() or not token.isprintable() or not token or " " in token:
        raise BadSite("expected one key in the token file, and nothing else")
    return SiteAddress(parts.scheme, parts.netloc, token)


def _detail(body: bytes) -> str:
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    return str(found.get("detail", "")) if isinstance(found, dict) else ""
