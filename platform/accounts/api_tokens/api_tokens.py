"""Tokens for the API: made once, shown once, kept as a digest, over by themselves (I-8).

Each use looks anew: expired, taken back, or an account that is gone, and it is good for nothing.
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
USUAL_DAYS: Final = 30
MOST: Final = 20
LONGEST_NAME: Final = 60
PREFIX: Final = "attune_api_"
IDENTITY: Final = {"identity": 0}
# Written down so seldom, a token costs one reading more and no writing.
USED_EVERY: Final = timedelta(minutes=1)


def make(user: User, name: str, scope: str, days: int, *, now: datetime) -> tuple[ApiToken, str]:
    """A new token and the text that is shown this once. Raises ValueError saying what is wrong."""
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise ValueError(_("Enter a name of up to {n} characters.").format(n=LONGEST_NAME))
    if scope not in SCOPES:
        raise ValueError(_("Select what the token can do."))
    if days not in DAYS:
        raise ValueError(_("Select how long it is valid."))
    if of(user, now=now).count() >= MOST:
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


def of(user: User, *, now: datetime) -> QuerySet[ApiToken]:
    """Those that are good still, newest first."""
    return ApiToken.objects.filter(user=user, expires_at__gt=now).order_by("-made_at")


def name_of(token: ApiToken) -> str:
    """The name its owner gave it."""
    return str(unseal_value(bytes(token.name_sealed), place=_place(token.id, token.user)))


def take_back(user: User, code: UUID) -> bool:
    """Gone at once; False where this person has none of that code."""
    with transaction.atomic():
        gone, _rows = ApiToken.objects.filter(user=user, id=code).delete()
        if gone:
            audit.record("person.token_end", actor=user.code, subject=user.code)
    return bool(gone)


@transaction.atomic
def end_all(user: User, *, by: UUID | None) -> dict[str, int]:
    """End every token of this person; return their number, by table."""
    gone, _rows = ApiToken.objects.filter(user=user).delete()
    for _each in range(gone):
        audit.record("person.token_end", actor=by, subject=user.code)
    return {ApiToken._meta.db_table: gone}


def shown(text: str, *, now: datetime) -> ApiToken | None:
    """The token that this text is; None for any other text, and once it is over."""
    found = ApiToken.objects.filter(
        digest=digest_secret(text), expires_at__gt=now, user__is_active=True
    )
    token = found.select_related("user").first()
    if token is not None and (token.used_at is None or now - token.used_at > USED_EVERY):
        ApiToken.objects.filter(pk=token.pk).update(used_at=now)
    return token


def _place(code: UUID, user: User) -> Place:
    return Place("accounts_apitoken", "name_sealed", str(code), user.code)
