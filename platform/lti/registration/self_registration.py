"""The exchange of a dynamic registration: the platform describes itself, we register there."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from accounts.bounded_client import FAILURES
from accounts.remote_call import RemoteFailure
from lti.addresses import has_same_origin, is_callable
from lti.launch.claims import DEEP_LINKING, RESOURCE_LINK, SCORE_SCOPE
from lti.models.platforms import LONGEST_ID
from lti.platform_client import fetch_json, send_json
from lti.registration.platforms import PlatformFacts
from lti.services.rosters import SCOPE as MEMBERS_SCOPE

TOOL: Final = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM: Final = "https://purl.imsglobal.org/spec/lti-platform-configuration"
LONGEST_NAME: Final = 80

logger = logging.getLogger("lti.registration")


class UnusableConfiguration(ValueError):
    """The platform's answer lacks something; the text names it."""


@dataclass(frozen=True, slots=True)
class OurTool:
    """What the platform learns about this site."""

    name: str
    login: str
    launch: str
    keys: str


async def register_there(
    configuration_url: str, token: str, tool: OurTool, *, age_band: str
) -> PlatformFacts | RemoteFailure:
    """Return what is to be stored about the platform, once it has registered this site."""
    try:
        found = _require_object(await fetch_json(configuration_url))
        where = _read_address(found, "registration_endpoint")
        answer = _require_object(await send_json(where, write_registration(tool), token=token))
        return read_facts(found, answer, age_band=age_band)
    except FAILURES as error:
        why = str(error) if isinstance(error, UnusableConfiguration) else type(error).__name__
        logger.warning("lti.registration_failed", extra={"why": why[:80]})
        return RemoteFailure(down=not isinstance(error, UnusableConfiguration))


def write_registration(tool: OurTool) -> dict[str, Any]:
    """Return the registration of this site: names, addresses and scopes."""
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "client_name": tool.name,
        "initiate_login_uri": tool.login,
        "redirect_uris": [tool.launch],
        "jwks_uri": tool.keys,
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": f"{SCORE_SCOPE} {MEMBERS_SCOPE}",
        TOOL: {
            "domain": urlsplit(tool.launch).netloc,
            "target_link_uri": tool.launch,
            "claims": ["iss", "sub", "name"],
            "messages": [
                {"type": RESOURCE_LINK},
                {"type": DEEP_LINKING, "target_link_uri": tool.launch, "label": tool.name},
            ],
        },
    }


def read_facts(
    found: Mapping[str, Any], answer: Mapping[str, Any], *, age_band: str
) -> PlatformFacts:
    """Return the registration. Raises UnusableConfiguration."""
    issuer, client_id = found.get("issuer"), answer.get("client_id")
    if not isinstance(issuer, str) or not is_callable(issuer):
        raise UnusableConfiguration("issuer")
    if not isinstance(client_id, str) or not 0 < len(client_id) <= LONGEST_ID:
        raise UnusableConfiguration("client_id")
    ours, product = answer.get(TOOL), found.get(PLATFORM)
    deployment = ours.get("deployment_id") if isinstance(ours, Mapping) else None
    family = product.get("product_family_code") if isinstance(product, Mapping) else None
    token_url, audience = _read_address(found, "token_endpoint"), found.get("authorization_server")
    return PlatformFacts(
        name=f"{family or 'LTI'} {urlsplit(issuer).netloc}"[:LONGEST_NAME],
        issuer=issuer,
        client_id=client_id,
        login_url=_read_address(found, "authorization_endpoint"),
        token_url=token_url,
        keys_url=_read_address(found, "jwks_uri"),
        # A signed request for a token of another platform would let this one pose as us there.
        audience=audience if has_same_origin(audience, token_url) else "",
        deployments=(str(deployment)[:LONGEST_ID],) if deployment else (),
        age_band=age_band,
    )


def _read_address(found: Mapping[str, Any], name: str) -> str:
    address = found.get(name)
    if not isinstance(address, str) or not is_callable(address):
        raise UnusableConfiguration(name)
    return address


def _require_object(content: object) -> Mapping[str, Any]:
    if not isinstance(content, Mapping):
        raise UnusableConfiguration("object")
    return content
