"""The key pair of this site as a tool, and what it signs for platforms.

Platforms accept RS256. The private key is sealed under a key of the site.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from joserfc import jwt
from joserfc.jwk import RSAKey

from lti.models import ToolKey
from vault import site_keys
from vault.sealed_values import Place, seal_file, unseal_file
from work_queue.turns import wait_for_turn

ALGORITHM: Final = "RS256"
BITS: Final = 2048
LIFETIME_S: Final = 300


def public_keys(*, now: datetime) -> dict[str, Any]:
    """Return the public keys as a JSON Web Key Set; the first call makes the key pair."""
    _load_newest(now)
    return {"keys": [row.public for row in ToolKey.objects.order_by("-made_at")]}


def sign(claims: Mapping[str, Any], *, now: datetime) -> str:
    """Return a token with these claims that is valid for five minutes."""
    row, at = _load_newest(now), int(now.timestamp())
    timed = {**claims, "iat": at, "exp": at + LIFETIME_S, "jti": uuid.uuid4().hex}
    header = {"alg": ALGORITHM, "kid": str(row.id), "typ": "JWT"}
    return jwt.encode(header, timed, _open(row), algorithms=[ALGORITHM])


def _open(row: ToolKey) -> RSAKey:
    return RSAKey.import_key(unseal_file(bytes(row.private_sealed), place=_place(row.id)).decode())


def _load_newest(now: datetime) -> ToolKey:
    return ToolKey.objects.order_by("-made_at").first() or _make(now)


@transaction.atomic
def _make(now: datetime) -> ToolKey:
    wait_for_turn("lti tool key")
    if found := ToolKey.objects.order_by("-made_at").first():
        return found
    id, key = uuid.uuid4(), RSAKey.generate_key(BITS)
    public = {**key.as_dict(private=False), "kid": str(id), "alg": ALGORITHM, "use": "sig"}
    pem = key.as_pem(private=True)
    sealed = seal_file(pem, place=_place(id), keys=[site_keys.tool_key()])
    return ToolKey.objects.create(id=id, private_sealed=sealed, public=public, made_at=now)


def _place(id: UUID) -> Place:
    return Place("lti_toolkey", "private_sealed", str(id), site_keys.SITE)
