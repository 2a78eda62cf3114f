"""Calls to a platform from the event loop, while a person waits (`accounts.remote_call`).

The worker calls by `vault.http_client`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx2

from accounts.bounded_client import HEADERS, make_client_arguments, read_json
from lti.addresses import is_callable

TIMEOUT_S: Final = 4.0
# A registration that was made is answered with 201.
ACCEPTED: Final = (200, 201)


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
    async with httpx2.AsyncClient(**make_client_arguments(TIMEOUT_S)) as client:
        response = await client.request(method, address, headers=headers, json=content)
    return read_json(response, statuses=ACCEPTED)
