"""Beginning of a session under a new key, and what the session of a request proves."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth import HASH_SESSION_KEY, login
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.models import User
from accounts.sessions.session_store import CONFIRMED_AT, FACTOR_AT, SSO_DIGEST, WAITING_KEY


def begin_session(
    request: HttpRequest,
    user: User,
    *,
    factor_at: datetime | None,
    confirmed_at: datetime | None,
    sso_digest: str | None = None,
) -> None:
    """Start a session under a new key, replacing the one this browser had.

    `sso_digest`: of the provider sign-in that began it; a log-out there ends it. `confirmed_at`:
    when the person last gave their strongest proof; a password does not count if they have a second
    factor. Without `factor_at`, a person who needs a second factor can open only the pages for it.
    """
    request.session.flush()
    login(request, user)
    request.session[FACTOR_AT] = factor_at
    request.session[CONFIRMED_AT] = confirmed_at
    request.session[SSO_DIGEST] = sso_digest


def find_waiting_user(request: HttpRequest) -> User | None:
    """Return who gave the right password here but not yet the second factor, or None."""
    session = getattr(request, "session", None)
    if session is None or session.get(WAITING_KEY) is None:
        return None
    user = User.objects.filter(pk=session[WAITING_KEY], is_active=True).first()
    if user is None:
        return None
    same = constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    return user if same else None


def record_confirmation(request: HttpRequest, *, now: datetime) -> None:
    """Record that the person has just given their strongest proof."""
    request.session[CONFIRMED_AT] = now


def read_factor_at(request: HttpRequest) -> datetime | None:
    """Return when this session was confirmed by a second factor."""
    at = request.session.get(FACTOR_AT)
    return at if isinstance(at, datetime) else None


def read_sso_digest(request: HttpRequest) -> str | None:
    """Return the digest of the provider sign-in that began this session."""
    digest = request.session.get(SSO_DIGEST)
    return digest if isinstance(digest, str) else None


def read_confirmed_at(request: HttpRequest) -> datetime | None:
    """Return when the person of this session last gave their strongest proof."""
    session = getattr(request, "session", None)
    at = session.get(CONFIRMED_AT) if session is not None else None
    return at if isinstance(at, datetime) else None


def is_recently_confirmed(request: HttpRequest, within: timedelta, *, now: datetime) -> bool:
    """Return whether the person proved their identity within this time; False if unknown."""
    at = read_confirmed_at(request)
    return at is not None and at > now - within
