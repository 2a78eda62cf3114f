"""A cookie that says: somebody has signed in rightly with this browser before.

Tries from such a browser are counted by themselves. So a stranger who uses up the tries of a
person, or of a whole school's network, does not lock out those who have been here before. The
cookie opens nothing and names nobody: it holds a random number and a keyed digest, signed.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse

from accounts.digests import keyed
from accounts.models import User

REMEMBERED = timedelta(days=90)
_signer = TimestampSigner(salt="accounts.known_browser")


def remember(response: HttpResponse, user: User) -> None:
    """After a log-in that was whole."""
    value = _signer.sign(f"{secrets.token_hex(16)}.{_mark(user.login_digest)}")
    response.set_cookie(
        _name(),
        value,
        max_age=REMEMBERED,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def number(request: HttpRequest, login_digest: str) -> str | None:
    """The random number of a browser in which this log-in has succeeded, or None."""
    found, mark = _read(request)
    return found if found and secrets.compare_digest(mark, _mark(login_digest)) else None


def number_of_anybody(request: HttpRequest) -> str | None:
    """Return the random number of a browser in which any log-in has succeeded, or None."""
    return _read(request)[0] or None


def _read(request: HttpRequest) -> tuple[str, str]:
    """Return number and mark of the cookie; both are empty where we did not sign it."""
    try:
        said = _signer.unsign(request.COOKIES.get(_name(), ""), max_age=REMEMBERED)
    except BadSignature:
        return "", ""
    found, _, mark = said.partition(".")
    return found, mark


def _mark(login_digest: str) -> str:
    return keyed("known-browser", login_digest)


def _name() -> str:
    return f"{settings.HOST_ONLY}known"
