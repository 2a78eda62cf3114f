"""The session engine: a row knows who is signed in, since when and how surely, and nothing else.

Each value a session may hold has a column, and any other value is refused, so that no page can
leave personal data in a session. Who owes a second factor stands under another name than Django
looks for: pages, API and sockets all see a visitor until it was shown, without asking (T1).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, SessionBase, UpdateError
from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string

from accounts.keyed_hash import digest_secret
from accounts.mfa import second_factor
from accounts.models import User
from accounts.sessions import revocation
from accounts.sessions.session_expiry import lifetime
from accounts.sign_in.models import Session

BACKEND = "accounts.sign_in.auth_backend.DigestBackend"
WAITING_KEY = "_waiting_user_id"
FACTOR_AT = "_factor_at"
CONFIRMED_AT = "_confirmed_at"
SSO_DIGEST = "_sso_digest"
KEPT = {
    SESSION_KEY, WAITING_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY, FACTOR_AT, CONFIRMED_AT,
    SSO_DIGEST,
}  # fmt: skip
# The end of an idle log-in is moved no more often than this, so that a page costs no write.
SELDOM = timedelta(minutes=1)
# A row's xmin changes with each update of it, and with nothing else.
VERSIONS = """
SELECT s.id, concat_ws('.', s.xmin, u.xmin, f.xmin) FROM accounts_session s
JOIN accounts_user u ON u.id = s.user_id LEFT JOIN accounts_secondfactor f ON f.user_id = u.id
WHERE s.id = ANY(%s) AND s.expires_at > %s AND u.is_active
"""


def sign_out_everywhere(user: User, *, by: UUID) -> int:
    """End every log-in, API token and device key of this person; return the number of log-ins."""
    return revocation.end_all(user, by=by)[Session._meta.db_table]


def sign_out_elsewhere(user: User, session_key: str) -> int:
    """The same, but this one log-in stays open."""
    revocation.end_tokens(user, by=user.code)
    return revocation.end(user.sessions.exclude(key_digest=digest_secret(session_key)))


def is_this(row: Session, session_key: str | None) -> bool:
    return session_key is not None and row.key_digest == digest_secret(session_key)


def open_by(session_keys: Collection[str], now: datetime) -> dict[str, Session | None]:
    """Each key's log-in with its user, by one query; None where it is over or needs a factor."""
    keys = {digest_secret(key): key for key in session_keys}
    found: dict[str, Session | None] = dict.fromkeys(session_keys)
    rows = _alive(now).filter(key_digest__in=list(keys))
    return found | {keys[row.key_digest]: row for row in rows if _is_whole(row, now)}


def find_open(session_key: str | None, now: datetime) -> Session | None:
    """Return the log-in of one key with its user; None where it is over or needs a factor."""
    return open_by([session_key], now)[session_key] if session_key else None


def still_open(ids: Collection[UUID], now: datetime) -> dict[UUID, Session]:
    """Those of these log-ins that are open now, with their users."""
    return {row.pk: row for row in _alive(now).filter(pk__in=ids) if _is_whole(row, now)}


def versions(ids: Collection[UUID], now: datetime) -> dict[UUID, str]:
    """What each log-in that is within its time rests on, as one text that changes with it."""
    with connection.cursor() as cursor:
        cursor.execute(VERSIONS, [list(ids), now])
        return dict(cursor.fetchall())


def _is_whole(row: Any, now: datetime) -> bool:
    """Whether the log-in goes on, needs no factor, and its password is still the same."""
    if not _goes_on(row, now) or _waits(row):
        return False
    user: User = row.user
    hashes = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return any(constant_time_compare(row.auth_digest, each) for each in hashes)


class SessionStore(SessionBase):
    """`settings.SESSION_ENGINE = "accounts.sessions.session_store"`."""

    _new = False

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(key_digest=digest_secret(session_key)).exists()

    def create(self) -> None:
        """A fresh key; its row comes with the first save, and only for somebody signed in."""
        self._session_key = get_random_string(32, VALID_KEY_CHARS)
        self._new = True
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        data = dict(self.items())
        if self.session_key is None:
            self.create()
        _refuse_strangers(data)
        if not data:
            self._forget_row()
        elif must_create or self._new:
            self._insert(_columns(data))
        elif not self._update(_columns(data)):
            raise UpdateError

    def load(self) -> dict[str, Any]:
        row = self._row(timezone.now())
        if row is None:
            self._session_key = None
            return {}
        return {
            WAITING_KEY if _waits(row) else SESSION_KEY: str(row.user_id),
            BACKEND_SESSION_KEY: BACKEND,
            HASH_SESSION_KEY: row.auth_digest,
            FACTOR_AT: row.factor_at,
            CONFIRMED_AT: row.confirmed_at,
            SSO_DIGEST: row.sso_digest,
        }

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            revocation.end(Session.objects.filter(key_digest=digest_secret(key)))

    @classmethod
    def clear_expired(cls) -> None:
        Session.objects.filter(expires_at__lte=timezone.now()).delete()

    def _row(self, now: datetime) -> Any:
        if self.session_key is None:
            return None
        row = _alive(now).filter(key_digest=digest_secret(self.session_key)).first()
        return row if row is not None and _goes_on(row, now) else None

    def _insert(self, columns: dict[str, Any]) -> None:
        now = timezone.now()
        people = User.objects.annotate(held=second_factor.held("pk"))
        roles, held = people.values_list("roles", "held").get(pk=columns["user_id"])
        waiting = columns["factor_at"] is None and second_factor.owed(roles, held=held)
        Session.objects.create(
            key_digest=digest_secret(str(self.session_key)),
            began_at=now,
            expires_at=lifetime(roles, waiting=waiting).end(now, now),
            **columns,
        )
        self._new = False

    def _update(self, columns: dict[str, Any]) -> int:
        return Session.objects.filter(key_digest=digest_secret(str(self.session_key))).update(
            **columns
        )

    def _forget_row(self) -> None:
        if not self._new:
            self.delete()


def _alive(now: datetime) -> QuerySet[Any]:
    """Log-ins within their time, with what it takes to judge them."""
    alive = Session.objects.filter(expires_at__gt=now, user__is_active=True)
    return alive.select_related("user").annotate(
        roles=F("user__roles"), held=second_factor.held("user")
    )


def _waits(row: Any) -> bool:
    """Whether this log-in still owes the second factor; asked anew with every request, so that a
    change of profile, of roles or of the factor itself counts at once."""
    return row.factor_at is None and second_factor.owed(row.roles, held=row.held)


def _goes_on(row: Any, now: datetime) -> bool:
    """Whether the log-in is within its time; being used moves the end of a Steward's."""
    end = lifetime(row.roles, waiting=_waits(row)).end(row.began_at, now)
    if abs(end - row.expires_at) > SELDOM:
        Session.objects.filter(pk=row.pk).update(expires_at=end)
    return end > now


def _refuse_strangers(data: dict[str, Any]) -> None:
    if extra := set(data) - KEPT:
        raise TypeError(f"expected only {sorted(KEPT)} in a session, got {sorted(extra)}")
    for name in (FACTOR_AT, CONFIRMED_AT):
        if not isinstance(data.get(name), datetime | None):
            raise TypeError(f"expected a time or None as {name}, got {type(data[name])}")


def _columns(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "user_id": int(data.get(SESSION_KEY) or data[WAITING_KEY]),
        "auth_digest": data[HASH_SESSION_KEY],
        "factor_at": data.get(FACTOR_AT),
        "confirmed_at": data.get(CONFIRMED_AT),
        "sso_digest": data.get(SSO_DIGEST),
    }
