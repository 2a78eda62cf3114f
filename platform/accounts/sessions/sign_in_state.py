"""Beginning a log-in under a fresh key, and what the log-in of a request stands for."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth import HASH_SESSION_KEY, login
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.models import User
from accounts.sessions.session_store import CONFIRMED_AT, FACTOR_AT, SSO_DIGEST, WAITING_KEY


def begin(
    request: HttpRequest,
    user: User,
    *,
    factor_at: datetime | None,
    confirmed_at: datetime | None,
    sso_digest: str | None = None,
) -> None:
    """Start a log-in under a new key, in place of the one this browser had.

    `sso_digest`: of the sign-in at a provider by which it began; a log-out there ends it.

    `confirmed_at`: when the person last gave the strongest proof they have; a password is none for
    a person with a second factor. Without `factor_at`, a person who needs a second factor can open
    only the pages for it.
    """
    request.session.flush()
    login(request, user)
    request.session[FACTOR_AT] = factor_at
    request.session[CONFIRMED_AT] = confirmed_at
    request.session[SSO_DIGEST] = sso_digest


def waiting(request: HttpRequest) -> User | None:
    """Who gave the right password here and still owes the second factor."""
    session = getattr(request, "session", None)
    if session is None or session.get(WAITING_KEY) is None:
        return None
    user = User.objects.filter(pk=session[WAITING_KEY], is_active=True).first()
    if user is None:
        return None
    same = constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    return user if same else None


def confirm(request: HttpRequest, *, now: datetime) -> None:
    """Note that the person gave the strongest proof they have, just now."""
    request.session[CONFIRMED_AT] = now


def factor_at(request: HttpRequest) -> datetime | None:
    """When this log-in showed its second factor."""
    at = request.session.get(FACTOR_AT)
    return at if isinstance(at, datetime) else None


def sso_digest(request: HttpRequest) -> str | None:
    """Return what names the sign-in at a provider by which this log-in began."""
    digest = request.session.get(SSO_DIGEST)
    return digest if isinstance(digest, str) else None


def confirmed_at(request: HttpRequest) -> datetime | None:
    """When the person of this log-in last gave the strongest proof they have."""
    session = getattr(request, "session", None)
    at = session.get(CONFIRMED_AT) if session is not None else None
    return at if isinstance(at, datetime) else None


def is_recent(request: HttpRequest, within: timedelta, *, now: datetime) -> bool:
    """Whether the person proved within this time that it is them; unknown is no."""
    at = confirmed_at(request)
    return at is not None and at > now - within
