"""The second factor: a code from an app, of the last half minutes and never the same one twice.

Whoever may see or change others' data owes one under every legal profile but `demo`, and so does a
Guardian, whose yes lets a body be sensed; anybody may add one, and is asked for it from then on.
The secret stands sealed, recovery codes as keyed digests, and each is good once (T1).
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pyotp
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.module_loading import import_string

import audit
from accounts.keyed_hash import keyed
from accounts.mail import queue
from accounts.models import RecoveryCode, SecondFactor, User
from accounts.sessions import revocation
from vault.sealed_values import Place, seal_value, unseal_value

OWING = frozenset({"teacher", "steward", "researcher", "guardian"})
STEP_S = 30
BEGUN = timedelta(minutes=15)
CODES = 10
# Without letters and digits that are taken for one another.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def required(roles: Collection[str]) -> bool:
    """Whether people with these roles must have a second factor on this site."""
    return not OWING.isdisjoint(roles) and not only_demo()


def owed(roles: Collection[str], *, held: bool) -> bool:
    """Whether the password alone is not enough."""
    return held or required(roles)


def held(path: str) -> Exists:
    """For a query: whether the person at `path` has a second factor that counts."""
    return Exists(SecondFactor.objects.filter(user=OuterRef(path), confirmed_at__isnull=False))


def of(user: User) -> SecondFactor | None:
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()


@transaction.atomic
def begin(user: User, *, now: datetime) -> None:
    """A fresh secret in place of one that was begun and never confirmed."""
    SecondFactor.objects.filter(user=user, confirmed_at__isnull=True).delete()
    id = uuid4()
    SecondFactor.objects.create(
        id=id, user=user, begun_at=now, secret_sealed=_seal(pyotp.random_base32(), id, user, now)
    )


def begun(user: User, *, now: datetime) -> str | None:
    """The secret to show while it is being set up, for a quarter of an hour."""
    row = SecondFactor.objects.filter(user=user, confirmed_at__isnull=True).first()
    return _secret(row, user) if row is not None and row.begun_at > now - BEGUN else None


@transaction.atomic
def confirm(user: User, typed: str, *, now: datetime) -> list[str] | None:
    """The first right code makes the factor count; answers the recovery codes, None if wrong."""
    rows = SecondFactor.objects.select_for_update()
    row = rows.filter(user=user, confirmed_at__isnull=True, begun_at__gt=now - BEGUN).first()
    if row is None or not _taken(row, user, typed, now):
        audit.record("person.factor_failed", actor=user.code, subject=user.code)
        return None
    SecondFactor.objects.filter(pk=row.pk).update(confirmed_at=now)
    queue.ask(user, "factor_added", now=now)
    audit.record("person.factor_add", actor=user.code, subject=user.code)
    return _fresh_codes(user, now)


@transaction.atomic
def check(user: User, typed: str, *, now: datetime) -> bool:
    """Whether this is a right code of the app or a recovery code; it is used up by this."""
    row = of(user)
    if row is not None and (_taken(row, user, typed, now) or _spent(user, typed)):
        return True
    audit.record("person.factor_failed", actor=user.code, subject=user.code)
    return False


@transaction.atomic
def remove(user: User, *, actor: UUID, now: datetime) -> None:
    """No second factor any more; every open log-in, token and key ends with it."""
    SecondFactor.objects.filter(user=user).delete()
    user.recovery_codes.all().delete()
    revocation.end_all(user, by=actor)
    queue.ask(user, "factor_removed", now=now)
    by = "self" if actor == user.code else "steward"
    audit.record("person.factor_remove", actor=actor, subject=user.code, public={"by": by})


@transaction.atomic
def new_codes(user: User, *, now: datetime) -> list[str]:
    """Ten recovery codes in place of all before."""
    audit.record("person.factor_codes", actor=user.code, subject=user.code)
    return _fresh_codes(user, now)


def link(secret: str, host: str) -> str:
    """What the app reads. It names the site and nobody: apps copy their list to strangers' clouds.

    `otpauth://totp/Attune:school.example?secret=…&issuer=Attune`
    """
    return pyotp.TOTP(secret).provisioning_uri(name=host, issuer_name="Attune")


def in_groups(text: str, size: int = 4) -> str:
    """For eyes and fingers: a blank after every four characters."""
    return " ".join(text[start : start + size] for start in range(0, len(text), size))


def only_demo() -> bool:
    """Whether the site runs as a demo and no two Stewards chose anything stricter.

    The choice is kept above this app, so the setting names the function that knows it.
    """
    if settings.LEGAL_PROFILE != "demo":
        return False
    return import_string(settings.PROFILE_CHOSEN)() in (None, "demo")


def _taken(row: SecondFactor, user: User, typed: str, now: datetime) -> bool:
    """Whether `typed` belongs to this half minute or a neighbour, and is newer than the last."""
    step = _step(_secret(row, user), re.sub(r"\s", "", typed), now)
    if step is None:
        return False
    newer = SecondFactor.objects.filter(pk=row.pk, last_step__lt=step)
    return newer.update(last_step=step) == 1


def _step(secret: str, typed: str, now: datetime) -> int | None:
    if not re.fullmatch(r"[0-9]{6}", typed):
        return None
    app, this = pyotp.TOTP(secret, interval=STEP_S), int(now.timestamp()) // STEP_S
    near = (this - 1, this, this + 1)
    return next((s for s in near if hmac.compare_digest(app.at(s * STEP_S), typed)), None)


def _spent(user: User, typed: str) -> bool:
    return user.recovery_codes.filter(code_digest=_digest(typed)).delete()[0] == 1


def _fresh_codes(user: User, now: datetime) -> list[str]:
    user.recovery_codes.all().delete()
    codes = [_random_code() for _ in range(CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, code_digest=_digest(code), made_at=now) for code in codes
    )
    return codes


def _random_code() -> str:
    """Ten letters, 49 bits: too many to try even without a limit on tries."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def _digest(typed: str) -> str:
    return keyed("recovery", re.sub(r"[^a-z0-9]", "", typed.lower()))


def _place(id: UUID, user: User) -> Place:
    return Place("accounts_secondfactor", "secret_sealed", str(id), user.code)


def _seal(secret: str, id: UUID, user: User, now: datetime) -> bytes:
    return seal_value(secret, place=_place(id, user), scopes={"identity": 0}, now=now)


def _secret(row: SecondFactor, user: User) -> str:
    return str(unseal_value(row.secret_sealed, place=_place(row.id, user)))
