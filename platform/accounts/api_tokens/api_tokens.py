"""API tokens: shown once, stored as a digest, valid for a limited time (I-8).

Each use is checked again: an expired or revoked token, or one of a closed account, is refused.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

import audit
from accounts.api_tokens.models import SCOPES
from accounts.keyed_hash import digest_secret
from accounts.models import ApiToken, User
from vault.sealed_values import Place, seal_value, unseal_value

DAYS: Final = (1, 7, 30, 90)
DEFAULT_DAYS: Final = 30
MAX_TOKENS: Final = 20
MAX_NAME_LENGTH: Final = 60
PREFIX: Final = "attune_api_"
IDENTITY: Final = {"identity": 0}
# `used_at` is written at most this often, so that a request costs one read and no write.
USED_AT_INTERVAL: Final = timedelta(minutes=1)


def make_token(
    user: User, name: str, scope: str, days: int, *, now: datetime
) -> tuple[ApiToken, str]:
    """Create a token; return it and its text, which is shown this once.

    Raises ValueError with a sentence for the user.
    """
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME_LENGTH:
        raise ValueError(_("Enter a name of up to {n} characters.").format(n=MAX_NAME_LENGTH))
    if scope not in SCOPES:
        raise ValueError(_("Select what the token can do."))
    if days not in DAYS:
        raise ValueError(_("Select how long it is valid."))
    if find_valid_tokens(user, now=now).count() >= MAX_TOKENS:
        raise ValueError(_("You have reached the limit of tokens. Revoke one first."))
    text, code = PREFIX + secrets.token_urlsafe(32), uuid4()
    with transaction.atomic():
        token = ApiToken.objects.create(
            id=code,
            digest=digest_secret(text),
            user=user,
            name_sealed=seal_value(name, place=_place(code, user), scopes=IDENTITY, now=now),
            scope=scope,
            made_at=now,
            expires_at=now + timedelta(days=days),
        )
        audit.record("person.token_make", actor=user.code, subject=user.code, public={"may": scope})
    return token, text


def find_valid_tokens(user: User, *, now: datetime) -> QuerySet[ApiToken]:
    """Return the person's valid tokens, newest first."""
    return ApiToken.objects.filter(user=user, expires_at__gt=now).order_by("-made_at")


def read_name(token: ApiToken) -> str:
    """Return the name its owner gave it."""
    return str(unseal_value(bytes(token.name_sealed), place=_place(token.id, token.user)))


def revoke_token(user: User, code: UUID) -> bool:
    """Revoke a token at once; return False if this person has none with that code."""
    with transaction.atomic():
        deleted, _rows = ApiToken.objects.filter(user=user, id=code).delete()
        if deleted:
            audit.record("person.token_end", actor=user.code, subject=user.code)
    return bool(deleted)


@transaction.atomic
def revoke_all(user: User, *, by: UUID | None) -> dict[str, int]:
    """Revoke every token of this person; return their number, by table."""
    deleted, _rows = ApiToken.objects.filter(user=user).delete()
    for _each in range(deleted):
        audit.record("person.token_end", actor=by, subject=user.code)
    return {ApiToken._meta.db_table: deleted}


def find_by_text(text: str, *, now: datetime) -> ApiToken | None:
    """Return the valid token with this text, or None."""
    found = ApiToken.objects.filter(
        digest=digest_secret(text), expires_at__gt=now, user__is_active=True
    )
    token = found.select_related("user").first()
    if token is not None and (token.used_at is None or now - token.used_at > USED_AT_INTERVAL):
        ApiToken.objects.filter(pk=token.pk).update(used_at=now)
    return token


def _place(code: UUID, user: User) -> Place:
    return Place("accounts_apitoken", "name_sealed", str(code), user.code)
