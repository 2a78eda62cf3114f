"""Calls to a provider for its metadata, its keys, and the token for a code.

All of it runs in the event loop, outside the request slots (`accounts.remote_call`), without a
database. Redirects are not followed.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final, TypeVar

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.utils import timezone
from joserfc.jwk import KeySet

from accounts.bounded_client import FAILURES, HEADERS, make_client_arguments, read_json
from accounts.remote_call import RemoteFailure
from accounts.single_sign_on.oidc import token_verification
from accounts.single_sign_on.oidc.claims import ProviderIdentity, read_claims
from accounts.single_sign_on.oidc.metadata import (
    ProviderMetadata,
    WrongMetadata,
    metadata_address,
    read_metadata,
)
from accounts.single_sign_on.oidc.provider_cache import (
    load_keys,
    load_metadata,
    name_of_provider,
)
from accounts.single_sign_on.providers import Provider
from accounts.single_sign_on.sign_in_attempt import AttemptSecrets

# Maximum age of a sign-in at the provider that confirms an act here.
RECENT_S: Final = 600
TIMEOUT_S: Final = 5.0
T = TypeVar("T")
# Claims that only a signed token may make.
SIGNED_ALONE: Final = ("acr", "amr", "auth_time", "sid", "azp", "nonce", "aud", "iss", "exp", "iat")

logger = logging.getLogger("accounts.single_sign_on")


async def build_authorization_address(
    provider: Provider, attempt: AttemptSecrets, back: str
) -> str | RemoteFailure:
    """Return the provider's address to which this attempt sends the browser."""
    return await _catch_failures(provider, lambda: _build_address(provider, attempt, back))


async def fetch_person(
    provider: Provider, attempt: AttemptSecrets, *, code: str, back: str, named: str
) -> ProviderIdentity | RemoteFailure:
    """Return who signed in there. `named`: the issuer in the answer's parameters, or ""."""
    return await _catch_failures(provider, lambda: _fetch(provider, attempt, code, back, named))


async def fetch_logout(provider: Provider, token: str) -> Mapping[str, Any] | RemoteFailure:
    """Return the verified claims of a log-out token."""
    return await _catch_failures(provider, lambda: _check_logout(provider, token))


async def check_metadata(provider: Provider) -> str:
    """Return what is wrong with the provider's metadata, or ""."""
    try:
        async with _make_client(provider) as client:
            read_metadata(provider, await _get(client, metadata_address(provider)))
    except WrongMetadata as error:
        return str(error)
    except FAILURES as error:
        return f"no answer ({type(error).__name__})"
    return ""


async def _catch_failures(
    provider: Provider, call: Callable[[], Awaitable[T]]
) -> T | RemoteFailure:
    """Turn failures into RemoteFailure, with a log line that names no person."""
    try:
        return await call()
    except token_verification.Untrusted as error:
        return _note_failure(provider, error.why, down=False)
    except WrongMetadata as error:
        return _note_failure(provider, str(error), down=True)
    except AuthlibBaseError as error:
        # The provider wrote this text, so it may contain anything.
        why = str(error.error)
        why = why if re.fullmatch("[a-z_]{1,40}", why) else "refused"
        return _note_failure(provider, why, down=False)
    except FAILURES as error:
        return _note_failure(provider, type(error).__name__, down=True)


def _note_failure(provider: Provider, why: str, *, down: bool) -> RemoteFailure:
    logger.warning("sign_in.provider_failed", extra={"provider": provider.key, "why": why[:80]})
    return RemoteFailure(down=down)


async def _build_address(provider: Provider, attempt: AttemptSecrets, back: str) -> str:
    async with _make_client(provider) as client:
        metadata = await load_metadata(provider, partial(_get, client))
        address, _state = client.create_authorization_url(
            metadata.authorization,
            state=attempt.state,
            redirect_uri=back,
            scope=" ".join(provider.scopes),
            response_type="code",
            nonce=attempt.nonce,
            code_challenge=create_s256_code_challenge(attempt.verifier),
            code_challenge_method="S256",
            max_age=RECENT_S if attempt.afresh else token_verification.LONGEST_SESSION_S,
            **({"prompt": "login"} if attempt.afresh else {}),
        )
        return str(address)


async def _fetch(
    provider: Provider, attempt: AttemptSecrets, code: str, back: str, named: str
) -> ProviderIdentity:
    async with _make_client(provider) as client:
        metadata = await load_metadata(provider, partial(_get, client))
        if metadata.names_itself and not named:
            raise token_verification.Untrusted("iss_parameter")
        client.token_endpoint_auth_method = metadata.log_in
        answer = await client.fetch_token(
            metadata.token,
            grant_type="authorization_code",
            code=code,
            redirect_uri=back,
            code_verifier=attempt.verifier,
            headers=HEADERS,
        )
        claims = await _check_answer(client, provider, attempt, answer)
        return read_claims(provider, await _add_user_info(client, provider, metadata, claims))


async def _check_answer(
    client: AsyncOAuth2Client,
    provider: Provider,
    attempt: AttemptSecrets,
    answer: Mapping[str, Any],
) -> Mapping[str, Any]:
    token, access_token = answer.get("id_token"), answer.get("access_token", "")
    if not isinstance(token, str) or not isinstance(access_token, str):
        raise token_verification.Untrusted("no_id_token")

    def check(keys: KeySet) -> Mapping[str, Any]:
        return token_verification.check_id_token(
            token,
            provider=provider,
            keys=keys,
            nonce=attempt.nonce,
            access_token=access_token,
            now=timezone.now(),
        )

    return await _check_with_keys(client, provider, check)


async def _check_logout(provider: Provider, token: str) -> Mapping[str, Any]:
    def check(keys: KeySet) -> Mapping[str, Any]:
        return token_verification.check_logout_token(
            token, provider=provider, keys=keys, now=timezone.now()
        )

    async with _make_client(provider) as client:
        return await _check_with_keys(client, provider, check)


async def _add_user_info(
    client: AsyncOAuth2Client,
    provider: Provider,
    metadata: ProviderMetadata,
    claims: Mapping[str, Any],
) -> Mapping[str, Any]:
    """Add claims from the user-info endpoint; claims of the signed token take precedence.

    That answer is not signed, so it says nothing about the sign-in itself.
    """
    wanted = {"name", "email", provider.roles_claim.partition(".")[0]} - {""}
    if not metadata.user_info or wanted <= claims.keys():
        return claims
    more = _read_object(await client.get(metadata.user_info, headers=HEADERS))
    if more.get("sub") != claims["sub"]:
        raise token_verification.Untrusted("userinfo_sub")
    more = {name: value for name, value in more.items() if name not in SIGNED_ALONE}
    signed = dict(claims)
    # Each answer may verify another address than the other one contains.
    (more if "email" in signed else signed).pop("email_verified", None)
    return {**more, **signed}


async def _check_with_keys(
    client: AsyncOAuth2Client, provider: Provider, check: Callable[[KeySet], Mapping[str, Any]]
) -> Mapping[str, Any]:
    """Check with the cached keys; fetch them again, though rarely, for an unknown one."""
    fetch = partial(_get, client)
    metadata = await load_metadata(provider, fetch)
    name = name_of_provider(provider)
    keys = await load_keys(name, metadata.keys, fetch)
    try:
        return check(keys)
    except token_verification.UnknownKey:
        keys = await load_keys(name, metadata.keys, fetch, too_old=keys)
    return check(keys)


async def _get(client: AsyncOAuth2Client, address: str) -> object:
    return _read_object(await client.request("GET", address, headers=HEADERS, withhold_token=True))


def _read_object(response: httpx2.Response) -> dict[str, Any]:
    document = read_json(response)
    if not isinstance(document, dict):
        raise ValueError("expected a JSON object")
    return document


def _make_client(provider: Provider) -> AsyncOAuth2Client:
    return AsyncOAuth2Client(
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        # Otherwise a token that is valid for a minute would count as expired at once.
        leeway=0,
        **make_client_arguments(TIMEOUT_S),
    )
