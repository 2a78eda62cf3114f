"""Calls to a platform from the event loop, while a person waits (`accounts.remote_call`).

Redirects are not followed, and answers are limited in time and size. The worker calls by
`vault.http_client`.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import httpx2

from accounts.single_sign_on.oidc.bounded_transport import BoundedTransport
from lti.addresses import is_callable

TIMEOUT_S: Final = 4.0
HEADERS: Final = {"Accept": "application/json", "Accept-Encoding": "identity"}
FAILURES: Final = (httpx2.HTTPError, httpx2.InvalidURL, ValueError, OSError)


async def fetch_json(address: str, *, token: str = "") -> object:
    """Return the document at an address. Raises one of FAILURES."""
    return await _request("GET", address, token=token)


async def send_json(address: str, content: Mapping[str, Any], *, token: str = "") -> object:
    """Return the answer to a document. Raises one of FAILURES."""
    return await _request("POST", address, content=content, token=token)


async def _request(
    method: str, address: str, *, content: Mapping[str, Any] | None = None, token: str = ""
) -> object:
    if not is_callable(address):
        raise ValueError("an address that this site does not call")
    headers = {**HEADERS, **({"Authorization": f"Bearer {token}"} if token else {})}
    transport = BoundedTransport(verify=_load_authorities())
    async with httpx2.AsyncClient(
        transport=transport, timeout=TIMEOUT_S, follow_redirects=False
    ) as client:
        response = await client.request(method, address, headers=headers, json=content)
    if response.status_code not in (200, 201):
        raise httpx2.HTTPError(f"status {response.status_code}")
    return json.loads(response.content)


@cache
def _load_authorities() -> ssl.SSLContext:
    """Return the trusted CAs, cached: loading them blocks the event loop for some 10 ms."""
    return ssl.create_default_context()
