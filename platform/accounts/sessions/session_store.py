"""The session engine: a row stores who is signed in, since when and by which proof, nothing else.

Each value a session may contain has a column. Any other value is refused, so no page can leave
personal data in a session. Until the second factor is verified, the user id is stored under a
different session key. So pages, API and sockets all treat the request as anonymous (T1).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
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
from accounts.sign_in.models import Session

BACKEND = "accounts.sign_in.auth_backend.DigestBackend"
WAITING_KEY = "_waiting_user_id"
FACTOR_AT = "_factor_at"
CONFIRMED_AT = "_confirmed_at"
SSO_DIGEST = "_sso_digest"
ALLOWED_KEYS = {
    SESSION_KEY, WAITING_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY, FACTOR_AT, CONFIRMED_AT,
    SSO_DIGEST,
}  # fmt: skip
# The expiry is updated no more often than this, so that most requests cost no write.
EXPIRY_INTERVAL = timedelta(minutes=1)
# A row's xmin changes with each update of the row, and with nothing else.
VERSIONS = """
SELECT s.id, concat_ws('.', s.xmin, u.xmin, f.xmin) FROM accounts_session s
JOIN accounts_user u ON u.id = s.user_id LEFT JOIN accounts_secondfactor f ON f.user_id = u.id
WHERE s.id = ANY(%s) AND s.expires_at > %s AND u.is_active
"""


@dataclass(frozen=True, slots=True)
class SessionLifetime:
    """How long a session lasts: `whole` from its beginning, `unused` since the last request."""

    whole: timedelta
    unused: timedelta

    def find_end(self, began_at: datetime, now: datetime) -> datetime:
        """Return when a session that is used now ends if no further request comes."""
        return min(began_at + self.whole, now + self.unused)


DEFAULT_LIFETIME = SessionLifetime(timedelta(hours=12), timedelta(hours=12))
STEWARD_LIFETIME = SessionLifetime(timedelta(hours=8), timedelta(minutes=30))
# Long enough to fetch a telephone and set it up, too short to guess codes.
WAITING_LIFETIME = SessionLifetime(timedelta(minutes=15), timedelta(minutes=15))


def sign_out_everywhere(user: User, *, by: UUID) -> int:
    """End every session, API token and device key of a person; return the number of sessions."""
    return revocation.end_all(user, by=by)[Session._meta.db_table]


def sign_out_elsewhere(user: User, session_key: str) -> int:
    """End every other session, and every API token and device key; return how many sessions."""
    revocation.end_tokens(user, by=user.code)
    return revocation.end_sessions(user.sessions.exclude(key_digest=digest_secret(session_key)))


def has_key(row: Session, session_key: str | None) -> bool:
    return session_key is not None and row.key_digest == digest_secret(session_key)


def find_open_by_key(session_keys: Collection[str], now: datetime) -> dict[str, Session | None]:
    """Return each key's session with its user, by one query; None if it ended or needs a factor."""
    keys = {digest_secret(key): key for key in session_keys}
    found: dict[str, Session | None] = dict.fromkeys(session_keys)
    rows = _load_unexpired(now).filter(key_digest__in=list(keys))
    return found | {keys[row.key_digest]: row for row in rows if _is_signed_in(row, now)}


def find_open(session_key: str | None, now: datetime) -> Session | None:
    """Return the session of one key with its user; None if it ended or needs a factor."""
    return find_open_by_key([session_key], now)[session_key] if session_key else None


def find_open_by_id(ids: Collection[UUID], now: datetime) -> dict[UUID, Session]:
    """Return those of these sessions that are open now, with their users."""
    return {
        row.pk: row for row in _load_unexpired(now).filter(pk__in=ids) if _is_signed_in(row, now)
    }


def load_versions(ids: Collection[UUID], now: datetime) -> dict[UUID, str]:
    """Return for each unexpired session a text that changes with any row it depends on."""
    with connection.cursor() as cursor:
        cursor.execute(VERSIONS, [list(ids), now])
        return dict(cursor.fetchall())


def _is_signed_in(row: Any, now: datetime) -> bool:
    """Return whether the session is open, needs no factor, and the password is unchanged."""
    if not _extend_expiry(row, now) or _needs_factor(row):
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
        """Create a new key; its row is inserted by the first save, and only for signed-in users."""
        self._session_key = get_random_string(32, VALID_KEY_CHARS)
        self._new = True
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        data = dict(self.items())
        if self.session_key is None:
            self.create()
        _refuse_unknown_keys(data)
        if not data:
            self._delete_row()
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
            WAITING_KEY if _needs_factor(row) else SESSION_KEY: str(row.user_id),
            BACKEND_SESSION_KEY: BACKEND,
            HASH_SESSION_KEY: row.auth_digest,
            FACTOR_AT: row.factor_at,
            CONFIRMED_AT: row.confirmed_at,
            SSO_DIGEST: row.sso_digest,
        }

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            revocation.end_sessions(Session.objects.filter(key_digest=digest_secret(key)))

    @classmethod
    def clear_expired(cls) -> None:
        Session.objects.filter(expires_at__lte=timezone.now()).delete()

    def _row(self, now: datetime) -> Any:
        if self.session_key is None:
            return None
        row = _load_unexpired(now).filter(key_digest=digest_secret(self.session_key)).first()
        return row if row is not None and _extend_expiry(row, now) else None

    def _insert(self, columns: dict[str, Any]) -> None:
        now = timezone.now()
        people = User.objects.annotate(has_factor=second_factor.factor_exists("pk"))
        roles, has_factor = people.values_list("roles", "has_factor").get(pk=columns["user_id"])
        waiting = columns["factor_at"] is None and second_factor.needs_factor(
            roles, has_factor=has_factor
        )
        Session.objects.create(
            key_digest=digest_secret(str(self.session_key)),
            began_at=now,
            expires_at=_find_lifetime(roles, waiting=waiting).find_end(now, now),
            **columns,
        )
        self._new = False

    def _update(self, columns: dict[str, Any]) -> int:
        return Session.objects.filter(key_digest=digest_secret(str(self.session_key))).update(
            **columns
        )

    def _delete_row(self) -> None:
        if not self._new:
            self.delete()


def _load_unexpired(now: datetime) -> QuerySet[Any]:
    """Return unexpired sessions, annotated with what is needed to check them."""
    alive = Session.objects.filter(expires_at__gt=now, user__is_active=True)
    return alive.select_related("user").annotate(
        roles=F("user__roles"), has_factor=second_factor.factor_exists("user")
    )


def _needs_factor(row: Any) -> bool:
    """Return whether this session still needs the second factor.

    Checked with every request, so that a change of profile, roles or factor counts at once.
    """
    return row.factor_at is None and second_factor.needs_factor(
        row.roles, has_factor=row.has_factor
    )


def _extend_expiry(row: Any, now: datetime) -> bool:
    """Return whether the session is unexpired, after extending a Steward's because it is in use."""
    end = _find_lifetime(row.roles, waiting=_needs_factor(row)).find_end(row.began_at, now)
    if abs(end - row.expires_at) > EXPIRY_INTERVAL:
        Session.objects.filter(pk=row.pk).update(expires_at=end)
    return end > now


def _refuse_unknown_keys(data: dict[str, Any]) -> None:
    if extra := set(data) - ALLOWED_KEYS:
        raise TypeError(f"expected only {sorted(ALLOWED_KEYS)} in a session, got {sorted(extra)}")
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


def _find_lifetime(roles: Collection[str], *, waiting: bool) -> SessionLifetime:
    """Return the lifetime; `waiting`: the second factor is not verified yet."""
    if waiting:
        return WAITING_LIFETIME
    return STEWARD_LIFETIME if "steward" in roles else DEFAULT_LIFETIME
