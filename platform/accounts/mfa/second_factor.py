"""The second factor: a time-based code (TOTP) from an authenticator app, each usable once.

Roles that may see or change other people's data need one under every legal profile but `demo`. So
do Guardians, whose consent allows biometric sensing. Anyone else may add one, and is then asked for
it. The secret is sealed; recovery codes are keyed digests, and each works once (T1).
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
from accounts.keyed_hash import digest_secret, keyed_digest
from accounts.mail import queue
from accounts.models import RecoveryCode, SecondFactor, Session, User
from accounts.sessions import revocation
from vault.sealed_values import Place, seal_value, unseal_value

ROLES_WITH_FACTOR = frozenset({"teacher", "steward", "researcher", "guardian"})
STEP_S = 30
SETUP_LIFETIME = timedelta(minutes=15)
RECOVERY_CODES = 10
# Without characters that are easily confused.
RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def is_required(roles: Collection[str]) -> bool:
    """Return whether people with these roles must have a second factor on this site."""
    return not ROLES_WITH_FACTOR.isdisjoint(roles) and not is_demo_site()


def needs_factor(roles: Collection[str], *, has_factor: bool) -> bool:
    """Return whether the password alone is not enough."""
    return has_factor or is_required(roles)


def factor_exists(path: str) -> Exists:
    """Return a query expression: whether the person at `path` has a confirmed second factor."""
    return Exists(SecondFactor.objects.filter(user=OuterRef(path), confirmed_at__isnull=False))


def find_factor(user: User) -> SecondFactor | None:
    """Return the person's confirmed second factor, or None."""
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()


@transaction.atomic
def begin_setup(user: User, *, now: datetime) -> None:
    """Store a new secret, replacing one that was never confirmed."""
    SecondFactor.objects.filter(user=user, confirmed_at__isnull=True).delete()
    id = uuid4()
    SecondFactor.objects.create(
        id=id, user=user, begun_at=now, secret_sealed=_seal(pyotp.random_base32(), id, user, now)
    )


def read_new_secret(user: User, *, now: datetime) -> str | None:
    """Return the secret to show during set-up, within SETUP_LIFETIME; else None."""
    row = SecondFactor.objects.filter(user=user, confirmed_at__isnull=True).first()
    return (
        _unseal_secret(row, user)
        if row is not None and row.begun_at > now - SETUP_LIFETIME
        else None
    )


@transaction.atomic
def confirm_setup(user: User, typed: str, *, now: datetime) -> list[str] | None:
    """Confirm the set-up with a first code; return the recovery codes, or None if it is wrong."""
    rows = SecondFactor.objects.select_for_update()
    row = rows.filter(
        user=user, confirmed_at__isnull=True, begun_at__gt=now - SETUP_LIFETIME
    ).first()
    if row is None or not _use_app_code(row, user, typed, now):
        audit.record("person.factor_failed", actor=user.code, subject=user.code)
        return None
    SecondFactor.objects.filter(pk=row.pk).update(confirmed_at=now)
    queue.queue_mail(user, "factor_added", now=now)
    audit.record("person.factor_add", actor=user.code, subject=user.code)
    return _make_recovery_codes(user, now)


@transaction.atomic
def check_code(user: User, typed: str, *, now: datetime) -> bool:
    """Return whether this is a valid app or recovery code; a valid one is used up."""
    row = find_factor(user)
    if row is not None and (
        _use_app_code(row, user, typed, now) or _use_recovery_code(user, typed)
    ):
        return True
    audit.record("person.factor_failed", actor=user.code, subject=user.code)
    return False


@transaction.atomic
def remove(user: User, *, actor: UUID, now: datetime) -> None:
    """Remove the second factor; every session, token and key ends with it."""
    SecondFactor.objects.filter(user=user).delete()
    user.recovery_codes.all().delete()
    revocation.end_all(user, by=actor)
    queue.queue_mail(user, "factor_removed", now=now)
    by = "self" if actor == user.code else "steward"
    audit.record("person.factor_remove", actor=actor, subject=user.code, public={"by": by})


@transaction.atomic
def end_earlier_sessions(
    user: User, *, before: Collection[str], after: Collection[str], but: str = ""
) -> None:
    """End the sessions of a person who gained a role that needs a second factor.

    A learning platform may have begun one, and its operator could set up the factor in it. `but`:
    the key of a session that stays.
    """
    if not ROLES_WITH_FACTOR.isdisjoint(set(after) - set(before)):
        others = Session.objects.filter(user=user).exclude(key_digest=digest_secret(but))
        revocation.end_sessions(others)


@transaction.atomic
def replace_recovery_codes(user: User, *, now: datetime) -> list[str]:
    """Replace all recovery codes with ten new ones; return them."""
    audit.record("person.factor_codes", actor=user.code, subject=user.code)
    return _make_recovery_codes(user, now)


def make_otpauth_uri(secret: str, host: str) -> str:
    """Return the otpauth URI for the app. It names only the site, because apps back up their lists.

    `otpauth://totp/Attune:school.example?secret=…&issuer=Attune`
    """
    return pyotp.TOTP(secret).provisioning_uri(name=host, issuer_name="Attune")


def group_characters(text: str, size: int = 4) -> str:
    """Return the text with a blank after every `size` characters, for easier typing."""
    return " ".join(text[start : start + size] for start in range(0, len(text), size))


def is_demo_site() -> bool:
    """Return whether the site is a demo and two Stewards chose no stricter profile.

    The choice is stored in an app above this one, so a setting names the function that reads it.
    """
    if settings.LEGAL_PROFILE != "demo":
        return False
    return import_string(settings.PROFILE_CHOSEN)() in (None, "demo")


def _use_app_code(row: SecondFactor, user: User, typed: str, now: datetime) -> bool:
    """Use up a code of this half minute or a neighbour; False if it is wrong or not newer."""
    step = _find_step(_unseal_secret(row, user), re.sub(r"\s", "", typed), now)
    if step is None:
        return False
    newer = SecondFactor.objects.filter(pk=row.pk, last_step__lt=step)
    return newer.update(last_step=step) == 1


def _find_step(secret: str, typed: str, now: datetime) -> int | None:
    if not re.fullmatch(r"[0-9]{6}", typed):
        return None
    app, this = pyotp.TOTP(secret, interval=STEP_S), int(now.timestamp()) // STEP_S
    near = (this - 1, this, this + 1)
    return next((s for s in near if hmac.compare_digest(app.at(s * STEP_S), typed)), None)


def _use_recovery_code(user: User, typed: str) -> bool:
    return user.recovery_codes.filter(code_digest=_digest(typed)).delete()[0] == 1


def _make_recovery_codes(user: User, now: datetime) -> list[str]:
    user.recovery_codes.all().delete()
    codes = [_random_code() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, code_digest=_digest(code), made_at=now) for code in codes
    )
    return codes


def _random_code() -> str:
    """Return ten random characters, 49 bits: too many to guess even without throttling."""
    letters = "".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def _digest(typed: str) -> str:
    return keyed_digest("recovery", re.sub(r"[^a-z0-9]", "", typed.lower()))


def _place(id: UUID, user: User) -> Place:
    return Place("accounts_secondfactor", "secret_sealed", str(id), user.code)


def _seal(secret: str, id: UUID, user: User, now: datetime) -> bytes:
    return seal_value(secret, place=_place(id, user), scopes={"identity": 0}, now=now)


def _unseal_secret(row: SecondFactor, user: User) -> str:
    return str(unseal_value(row.secret_sealed, place=_place(row.id, user)))
