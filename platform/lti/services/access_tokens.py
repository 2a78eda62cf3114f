"""Access tokens of a platform: the site signs who it is and gets a token for some scopes."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from lti import tool_keys
from lti.addresses import is_callable
from lti.models import LearningPlatform
from vault.http_client import HttpReply, send_request

TIMEOUT_S: Final = 5.0
FORM: Final = "application/x-www-form-urlencoded"
ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_TOKEN: Final = 8192
# Of a token whose platform does not say how long it is valid.
USUAL_LIFE_S: Final = 3600
# A token is not used for its last seconds, so that it does not end on its way.
SPARE_S: Final = 10


class ServiceFailed(Exception):
    """A platform did not do what it was asked; `why` is a word or a status for the log."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token and when it may be used last."""

    value: str = field(repr=False)
    ends_at: datetime


def fetch_token(
    platform: LearningPlatform, scopes: Collection[str], *, now: datetime
) -> AccessToken:
    """Return a token for these scopes. Raises ServiceFailed."""
    body = urlencode(write_token_request(platform, scopes, now=now)).encode()
    reply = call(platform.token_url, body, {"Content-Type": FORM, "Accept": "application/json"})
    answer = read_object(reply)
    token = answer.get("access_token")
    if not isinstance(token, str) or not 0 < len(token) <= LONGEST_TOKEN or not _is_plain(token):
        raise ServiceFailed("no_token")
    return AccessToken(token, now + timedelta(seconds=_read_life_s(answer) - SPARE_S))


def write_token_request(
    platform: LearningPlatform, scopes: Collection[str], *, now: datetime
) -> dict[str, str]:
    claims = {
        "iss": platform.client_id,
        "sub": platform.client_id,
        "aud": platform.audience or platform.token_url,
    }
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": tool_keys.sign(claims, now=now),
        "scope": " ".join(sorted(scopes)),
    }


def call(
    url: str, body: bytes | None, headers: Mapping[str, str], *, method: str = "POST"
) -> HttpReply:
    """Return an accepted reply. Raises ServiceFailed."""
    if not is_callable(url):
        raise ServiceFailed("address")
    try:
        reply = send_request(method, url, body, headers, timeout=TIMEOUT_S)
    except (OSError, ValueError) as error:
        raise ServiceFailed(type(error).__name__) from None
    if not reply.accepted:
        raise ServiceFailed(str(reply.status))
    return reply


def read_object(reply: HttpReply) -> dict[str, Any]:
    try:
        answer = json.loads(reply.body)
    except (ValueError, RecursionError):
        raise ServiceFailed("not_json") from None
    if not isinstance(answer, dict):
        raise ServiceFailed("not_json")
    return answer


def _read_life_s(answer: Mapping[str, Any]) -> int:
    """Return for how many seconds the token is valid; at most as long as is usual."""
    life = answer.get("expires_in")
    return min(life, USUAL_LIFE_S) if isinstance(life, int) and life > 0 else USUAL_LIFE_S


def _is_plain(token: str) -> bool:
    """Return whether the token can stand in a header."""
    return token.isascii() and token.isprintable() and " " not in token
