"""A cookie that marks a browser in which people have signed in before, without naming them.

Attempts from such a browser are counted separately. So a stranger who uses up the attempts of a
person or a network does not lock out those who signed in here before. The cookie grants no access
and contains no names. For each of the last eight people it has a mark: a random number and a keyed
digest, signed with its time.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse

from accounts.keyed_hash import keyed_digest
from accounts.models import User
from vault.errors import KeystoreBusy

REMEMBERED = timedelta(days=90)
# People who share a computer, such as one in a classroom.
MOST_MARKS = 8
SEPARATOR = "|"
_signer = TimestampSigner(salt="accounts.known_browser")


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Put the person first among those of this browser, after a complete sign-in."""
    own = _mark(user.login_digest)
    others = [signed for signed in _list_signed(request) if not _open_mark(signed).endswith(own)]
    marks = [_signer.sign(f"{secrets.token_hex(16)}.{own}"), *others]
    response.set_cookie(
        _name(),
        SEPARATOR.join(marks[:MOST_MARKS]),
        max_age=REMEMBERED,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def find_number(request: HttpRequest, login_digest: str) -> str | None:
    """Return the random number of a browser in which this username has signed in, or None.

    None too while the keystore is busy: the attempt counts for its network then.
    """
    try:
        wanted = _mark(login_digest)
    except KeystoreBusy:
        return None
    for signed in _list_signed(request):
        found, _, mark = _open_mark(signed).partition(".")
        if secrets.compare_digest(mark, wanted):
            return found
    return None


def find_any_number(request: HttpRequest) -> str | None:
    """Return the random number of a browser in which anyone has signed in, or None."""
    newest = next(iter(_list_signed(request)), "")
    return _open_mark(newest).partition(".")[0] or None


def _list_signed(request: HttpRequest) -> list[str]:
    """Return the valid marks in the cookie, still signed; newest first."""
    every = request.COOKIES.get(_name(), "").split(SEPARATOR)[:MOST_MARKS]
    return [signed for signed in every if _open_mark(signed)]


def _open_mark(signed: str) -> str:
    """Return `number.digest`, or "" if the signature is not ours or too old."""
    try:
        return _signer.unsign(signed, max_age=REMEMBERED)
    except BadSignature:
        return ""


def _mark(login_digest: str) -> str:
    return keyed_digest("known-browser", login_digest)


def _name() -> str:
    return f"{settings.HOST_ONLY}known"
