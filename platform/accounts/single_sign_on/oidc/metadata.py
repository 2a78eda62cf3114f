"""A provider's published metadata (OpenID Connect Discovery)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from accounts.single_sign_on.providers import Provider

ADDRESS: Final = "/.well-known/openid-configuration"
# In order of preference; a provider that names none gets the first.
CLIENT_AUTH_METHODS: Final = ("client_secret_basic", "client_secret_post")


class WrongMetadata(ValueError):
    """The provider's metadata cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class ProviderMetadata:
    """The endpoints of a provider.

    `log_in`: how the client authenticates. `names_itself`: whether each answer must name the issuer
    (RFC 9207). `end_session`: where people sign out there, or "".
    """

    authorization: str
    token: str
    keys: str
    user_info: str
    log_in: str
    names_itself: bool
    end_session: str


def metadata_address(provider: Provider) -> str:
    return provider.issuer.rstrip("/") + ADDRESS


def read_metadata(provider: Provider, document: object) -> ProviderMetadata:
    """Return the parsed metadata. Raises WrongMetadata."""
    if not isinstance(document, Mapping):
        raise WrongMetadata("it is no object")
    if document.get("issuer") != provider.issuer:
        raise WrongMetadata("it names another issuer")
    return ProviderMetadata(
        authorization=_read_address(document, "authorization_endpoint", provider),
        token=_read_address(document, "token_endpoint", provider),
        keys=_read_address(document, "jwks_uri", provider),
        user_info=_read_address(document, "userinfo_endpoint", provider)
        if document.get("userinfo_endpoint")
        else "",
        log_in=_choose_log_in(document),
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
        end_session=_find_end_session(document, provider),
    )


def _read_address(document: Mapping[str, Any], name: str, provider: Provider) -> str:
    """Return an endpoint that uses TLS; without TLS only for a provider on this computer."""
    address = document.get(name)
    if not isinstance(address, str):
        raise WrongMetadata(f"{name} is missing")
    # The issuer's own scheme and host were checked when the site started.
    host = provider.issuer.split("/")[2]
    if address.startswith("https://") or (
        provider.issuer.startswith("http://") and address.startswith(f"http://{host}/")
    ):
        return address
    raise WrongMetadata(f"{name} is not https://")


def _find_end_session(document: Mapping[str, Any], provider: Provider) -> str:
    """Return the page for signing out, or ""; an unusable one must not prevent signing in."""
    try:
        return _read_address(document, "end_session_endpoint", provider)
    except WrongMetadata:
        return ""


def _choose_log_in(document: Mapping[str, Any]) -> str:
    offered = document.get("token_endpoint_auth_methods_supported", [CLIENT_AUTH_METHODS[0]])
    found = [each for each in CLIENT_AUTH_METHODS if isinstance(offered, list) and each in offered]
    if not found:
        raise WrongMetadata("it takes no client secret")
    return found[0]
