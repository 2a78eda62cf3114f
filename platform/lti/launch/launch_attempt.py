"""One launch, from the platform's request to its answer.

The browser keeps a random number in a signed cookie that is sent under /lti/ alone. `state` and
`nonce` are keyed digests of it, as in a sign-in at a provider (ADR 0053). The cookie is named by
its state, so that several frames of one page can launch at the same time.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Final, Literal

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare

from accounts.keyed_hash import keyed_digest

OPEN_FOR: Final = timedelta(minutes=10)
PATH: Final = "/lti/"
SALT: Final = "lti.launch"


@dataclass(frozen=True, slots=True)
class LaunchAttempt:
    """The content of the cookie. `deployment`: as the request named it, or ""."""

    number: str
    platform: str
    target: str
    deployment: str = ""

    @property
    def state(self) -> str:
        return keyed_digest("lti-state", self.number)

    @property
    def nonce(self) -> str:
        return keyed_digest("lti-nonce", self.number)


def begin_attempt(platform: str, target: str, deployment: str) -> LaunchAttempt:
    return LaunchAttempt(secrets.token_hex(16), platform, target, deployment)


def remember(response: HttpResponseBase, attempt: LaunchAttempt) -> None:
    """Store the attempt in the browser; a frame in a platform's page gets it back by TLS alone."""
    response.set_cookie(
        _name(attempt.state),
        signing.dumps(asdict(attempt), salt=SALT),
        max_age=OPEN_FOR,
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite=_same_site(),
    )


def recall(request: HttpRequest, state: str) -> LaunchAttempt | None:
    """Return the attempt with this state that this browser began, or None."""
    try:
        content = signing.loads(request.COOKIES.get(_name(state), ""), salt=SALT, max_age=OPEN_FOR)
    except signing.BadSignature:
        return None
    attempt = LaunchAttempt(**content)
    return attempt if constant_time_compare(attempt.state, state) else None


def forget(response: HttpResponseBase, state: str) -> None:
    response.delete_cookie(_name(state), path=PATH, samesite=_same_site())


def _name(state: str) -> str:
    prefix = "__Secure-" if settings.SESSION_COOKIE_SECURE else ""
    return f"{prefix}lti-{state[:16]}"


def _same_site() -> Literal["None", "Lax"]:
    """Return None where the cookie is secure, as browsers require; a local demo needs none."""
    return "None" if settings.SESSION_COOKIE_SECURE else "Lax"
