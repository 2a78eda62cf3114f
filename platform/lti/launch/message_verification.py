"""Verification of a launch message: keys of the platform, signature, and standard claims.

It runs in the event loop, outside the request slots (`accounts.remote_call`), without a database.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.crypto import constant_time_compare
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from accounts.bounded_client import FAILURES
from accounts.remote_call import RemoteFailure
from accounts.single_sign_on.oidc.metadata import WrongMetadata
from accounts.single_sign_on.oidc.provider_cache import load_keys
from accounts.single_sign_on.oidc.token_verification import (
    UnknownKey,
    Untrusted,
    verify_signature,
)
from lti.platform_client import fetch_json

LEEWAY_S: Final = 60
# A message is made while the browser waits for it.
LONGEST_TRANSIT_S: Final = 600
LONGEST_MESSAGE: Final = 64 * 1024

logger = logging.getLogger("lti.launch")


@dataclass(frozen=True, slots=True)
class ExpectedMessage:
    """What a message must match; `platform` is for the log."""

    platform: str
    issuer: str
    client_id: str
    keys_url: str
    nonce: str


@dataclass(frozen=True, slots=True)
class UntrustedMessage:
    """The message was refused; `why` is one word for the log."""

    why: str


async def verify_message(
    token: str, expected: ExpectedMessage
) -> Mapping[str, Any] | UntrustedMessage | RemoteFailure:
    """Return the claims of a message that this platform made for this launch."""
    try:
        return await _verify_with_keys(token, expected)
    except Untrusted as error:
        return UntrustedMessage(error.why)
    except (WrongMetadata, *FAILURES) as error:
        why = type(error).__name__
        logger.warning("lti.keys_failed", extra={"platform": expected.platform, "why": why})
        return RemoteFailure()


async def _verify_with_keys(token: str, expected: ExpectedMessage) -> Mapping[str, Any]:
    """Check with the cached keys; fetch them again, though rarely, for an unknown one."""
    name = expected.issuer, f"lti {expected.client_id} {expected.keys_url}"
    keys = await load_keys(name, expected.keys_url, fetch_json)
    now = timezone.now()
    try:
        return check_message(token, expected, keys, now=now)
    except UnknownKey:
        keys = await load_keys(name, expected.keys_url, fetch_json, too_old=keys)
    return check_message(token, expected, keys, now=now)


def check_message(
    token: str, expected: ExpectedMessage, keys: KeySet, *, now: datetime
) -> Mapping[str, Any]:
    """Return the claims. Raises Untrusted."""
    claims = verify_signature(token, keys).claims
    registry = jwt.JWTClaimsRegistry(
        int(now.timestamp()),
        LEEWAY_S,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        nonce={"essential": True},
    )
    try:
        registry.validate(claims)
    except JoseError as error:
        raise Untrusted(str(getattr(error, "claim", None) or error.error)) from None
    _check_party(claims, expected.client_id)
    if not constant_time_compare(str(claims["nonce"]), expected.nonce):
        raise Untrusted("nonce")
    if now.timestamp() - float(claims["iat"]) > LONGEST_TRANSIT_S:
        raise Untrusted("iat")
    return claims


def _check_party(claims: Mapping[str, Any], client_id: str) -> None:
    """Refuse a message whose authorised party is another client (OpenID Connect core, 3.1.3.7)."""
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    party = claims.get("azp")
    if (several or party is not None) and party != client_id:
        raise Untrusted("azp")
