"""One attempt to sign in at a provider, from the button to the return.

The browser keeps a random number in a signed cookie. `state`, `nonce` and the PKCE verifier are
keyed digests of it, so a stolen cookie alone reveals none of them.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare

from accounts.keyed_hash import keyed_digest

OPEN_FOR: Final = timedelta(minutes=10)
LONGEST_NEXT: Final = 1024
SIGN_IN, CONFIRM, CONNECT = "sign_in", "confirm", "connect"
SALT: Final = "accounts.single_sign_on"


@dataclass(frozen=True, slots=True)
class AttemptSecrets:
    """What ties the provider's answer to an attempt. `afresh`: sign in again there."""

    state: str
    nonce: str
    verifier: str
    afresh: bool


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """The content of the cookie.

    `then`: the page to go to. `person`: the mark of the person who confirms or connects; empty for
    a sign-in. `afresh`: see AttemptSecrets.
    """

    number: str
    provider: str
    purpose: str = SIGN_IN
    then: str = ""
    person: str = ""
    afresh: bool = False

    def answers(self, state: str) -> bool:
        return constant_time_compare(keyed_digest("sso-state", self.number), state)

    def secrets(self) -> AttemptSecrets:
        """Return what is sent to the provider. Reads the keystore, so not in the event loop."""
        return AttemptSecrets(
            state=keyed_digest("sso-state", self.number),
            nonce=keyed_digest("sso-nonce", self.number),
            # 64 hexadecimal digits, which RFC 7636 allows.
            verifier=keyed_digest("sso-verifier", self.number),
            afresh=self.afresh,
        )


def make_attempt(
    provider: str, purpose: str, then: str, *, person: str, afresh: bool
) -> SignInAttempt:
    """Begin an attempt; a `then` that is too long for the cookie is dropped."""
    short = then if len(then) <= LONGEST_NEXT else ""
    return SignInAttempt(secrets.token_hex(16), provider, purpose, short, person, afresh)


def remember(response: HttpResponseBase, attempt: SignInAttempt) -> None:
    """Store the attempt in the browser, replacing an older one."""
    response.set_cookie(
        _name(),
        signing.dumps(asdict(attempt), salt=SALT),
        max_age=OPEN_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def recall(request: HttpRequest) -> SignInAttempt | None:
    """Return the attempt that this browser began in the last ten minutes, or None."""
    try:
        content = signing.loads(request.COOKIES.get(_name(), ""), salt=SALT, max_age=OPEN_FOR)
    except signing.BadSignature:
        return None
    return SignInAttempt(**content)


def forget(response: HttpResponseBase) -> None:
    response.delete_cookie(_name(), samesite="Lax")


def _name() -> str:
    """Return the cookie's name; the prefix `__Host-` keeps neighbouring sites from setting it."""
    return f"{settings.HOST_ONLY}sso"
