"""The session engine: a row knows who is signed in and nothing else.

Django's log-in writes three values; each has a column, and any other value is refused, so that
no page can leave personal data in a session. Deleting the rows of a person signs them out
everywhere.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, SessionBase, UpdateError
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.models import User
from accounts.sign_in import Session

BACKEND = "accounts.backend.DigestBackend"
KEPT = {SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY}


def sign_out_everywhere(user: User) -> int:
    """End every open log-in of this person; answers how many there were."""
    return user.sessions.all().delete()[0]


class SessionStore(SessionBase):
    """`settings.SESSION_ENGINE = "accounts.sessions"`."""

    _new = False

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(key_digest=_digest(session_key)).exists()

    def create(self) -> None:
        """A fresh key; its row comes with the first save, and only for somebody signed in."""
        self._session_key = get_random_string(32, VALID_KEY_CHARS)
        self._new = True
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        data = dict(self.items())
        if self.session_key is None:
            self.create()
        if extra := set(data) - KEPT:
            raise TypeError(f"expected only {sorted(KEPT)} in a session, got {sorted(extra)}")
        if not data:
            self._forget_row()
        elif must_create or self._new:
            self._insert(data)
        elif not self._update(data):
            raise UpdateError

    def load(self) -> dict[str, Any]:
        row = self._row()
        if row is None:
            self._session_key = None
            return {}
        return {
            SESSION_KEY: str(row.user_id),
            BACKEND_SESSION_KEY: BACKEND,
            HASH_SESSION_KEY: row.auth_digest,
        }

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(key_digest=_digest(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        Session.objects.filter(expires_at__lte=timezone.now()).delete()

    def _row(self) -> Session | None:
        if self.session_key is None:
            return None
        alive = Session.objects.filter(expires_at__gt=timezone.now(), user__is_active=True)
        return alive.filter(key_digest=_digest(self.session_key)).first()

    def _insert(self, data: dict[str, Any]) -> None:
        now = timezone.now()
        Session.objects.create(
            key_digest=_digest(str(self.session_key)),
            user_id=int(data[SESSION_KEY]),
            auth_digest=data[HASH_SESSION_KEY],
            began_at=now,
            expires_at=now + timedelta(seconds=settings.SESSION_COOKIE_AGE),
        )
        self._new = False

    def _update(self, data: dict[str, Any]) -> int:
        mine = Session.objects.filter(key_digest=_digest(str(self.session_key)))
        return mine.update(user_id=int(data[SESSION_KEY]), auth_digest=data[HASH_SESSION_KEY])

    def _forget_row(self) -> None:
        if not self._new:
            self.delete()


def _digest(session_key: str) -> str:
    """Unkeyed is enough: a key is 165 random bits and cannot be guessed from its digest."""
    return hashlib.sha256(session_key.encode()).hexdigest()
