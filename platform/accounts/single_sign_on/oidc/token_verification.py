"""Verification of what a provider signs: ID tokens and log-out tokens. No network, no database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from accounts.single_sign_on.providers import Provider

# Never `none`, and no algorithm with a shared secret.
ALGORITHMS: Final = ("RS256", "ES256", "PS256", "Ed25519")
KEY_TYPES: Final = ("RSA", "EC", "OKP")
LEEWAY_S: Final = 60
# Maximum age of a sign-in at the provider.
LONGEST_SESSION_S: Final = 12 * 3600
# How long a log-out token may be in transit; used ones are forgotten after a day.
LONGEST_TRANSIT_S: Final = 600
LOG_OUT: Final = "http://schemas.openid.net/event/backchannel-logout"


class Untrusted(Exception):
    """A token was refused; `why` is one word for the log and reveals nothing about the person."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class UnknownKey(Untrusted):
    """Signed by a key that is not in the provider's list, which may be out of date."""


def read_keys(document: object) -> KeySet:
    """Return the public keys of a provider; unusable ones are skipped."""
    listed = document.get("keys") if isinstance(document, Mapping) else None
    found = [_read_key(each) for each in listed] if isinstance(listed, list) else []
    return KeySet([key for key in found if key is not None])


def check_id_token(
    token: str,
    *,
    provider: Provider,
    keys: KeySet,
    nonce: str,
    access_token: str,
    now: datetime,
) -> Mapping[str, Any]:
    """Return the claims of a token that this provider made for this attempt. Raises Untrusted."""
    signed = verify_signature(token, keys)
    options = _list_expected_claims(provider)
    params = {"nonce": nonce, "client_id": provider.client_id, "access_token": access_token}
    claims: Mapping[str, Any]
    claims = id_token = CodeIDToken(signed.claims, signed.header, options, params)
    try:
        id_token.validate(now=int(now.timestamp()), leeway=LEEWAY_S)
    except JoseError as error:
        raise Untrusted(_name_error(error)) from None
    _require_subject(claims)
    signed_in_at = claims.get("auth_time")
    if signed_in_at is not None and _age(signed_in_at, now) > LONGEST_SESSION_S + LEEWAY_S:
        raise Untrusted("auth_time")
    return claims


def check_logout_token(
    token: str, *, provider: Provider, keys: KeySet, now: datetime
) -> Mapping[str, Any]:
    """Return the claims of a log-out token (Back-Channel Logout 1.0, 2.6).

    Raises Untrusted. The caller refuses a `jti` that came before.
    """
    signed = verify_signature(token, keys)
    registry = jwt.JWTClaimsRegistry(
        int(now.timestamp()), LEEWAY_S, **_list_expected_claims(provider)
    )
    try:
        registry.validate(signed.claims)
    except JoseError as error:
        raise Untrusted(_name_error(error)) from None
    claims = signed.claims
    events = claims.get("events")
    if not isinstance(events, Mapping) or not isinstance(events.get(LOG_OUT), Mapping):
        raise Untrusted("events")
    if _age(claims["iat"], now) > LONGEST_TRANSIT_S:
        raise Untrusted("iat")
    if "nonce" in claims:
        raise Untrusted("nonce")
    if not isinstance(claims.get("jti"), str) or not claims["jti"]:
        raise Untrusted("jti")
    subjects = [claims[name] for name in ("sub", "sid") if name in claims]
    if not subjects or not all(_is_text(each) for each in subjects):
        raise Untrusted("sub")
    return claims


def verify_signature(token: str, keys: KeySet) -> jwt.Token:
    """Return the token if one of these keys signed it. Raises Untrusted."""
    try:
        return jwt.decode(token, keys, algorithms=list(ALGORITHMS))
    except InvalidKeyIdError:
        raise UnknownKey("key") from None
    except (JoseError, ValueError):
        raise Untrusted("signature") from None


def _list_expected_claims(provider: Provider) -> dict[str, Any]:
    return {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": provider.client_id},
        "exp": {"essential": True},
        "iat": {"essential": True},
    }


def _require_subject(claims: Mapping[str, Any]) -> None:
    if not _is_text(claims.get("sub")) or len(claims["sub"]) > 255:
        raise Untrusted("sub")


def _age(at: object, now: datetime) -> float:
    """Return the age in seconds; infinity for a value that is not a time."""
    if isinstance(at, bool) or not isinstance(at, int | float):
        return float("inf")
    return now.timestamp() - at


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _read_key(entry: object) -> Key | None:
    if not isinstance(entry, dict) or entry.get("kty") not in KEY_TYPES:
        return None
    if entry.get("use", "sig") != "sig":
        return None
    try:
        return JWKRegistry.import_key(entry)
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _name_error(error: JoseError) -> str:
    claim = getattr(error, "claim", None)
    return str(claim or error.error)
