"""What every HTTP call from the event loop has in common (`accounts.remote_call`).

Redirects are not followed, certificates are verified, and time and size of an answer are limited.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator, Collection
from functools import cache
from typing import Any, Final

import httpx2

LARGEST_BYTES: Final = 256 * 1024
HEADERS: Final = {"Accept": "application/json", "Accept-Encoding": "identity"}
# What a call and the reading of its answer may raise.
FAILURES: Final = (httpx2.HTTPError, httpx2.InvalidURL, ValueError, OSError)


def make_client_arguments(timeout_s: float) -> dict[str, Any]:
    """Return the arguments with which every client is made."""
    return {
        "transport": BoundedTransport(verify=_load_authorities()),
        "follow_redirects": False,
        "timeout": timeout_s,
    }


def read_json(response: httpx2.Response, *, statuses: Collection[int] = (200,)) -> object:
    """Return the document of a response with one of these statuses. Raises one of FAILURES."""
    if response.status_code not in statuses:
        raise httpx2.HTTPError(f"status {response.status_code}")
    document: object = json.loads(response.content)
    return document


@cache
def _load_authorities() -> ssl.SSLContext:
    """Return the trusted CAs, cached: loading them blocks the event loop for some 10 ms."""
    return ssl.create_default_context()


class BoundedTransport(httpx2.AsyncHTTPTransport):
    """Refuses a response that is compressed or larger than LARGEST_BYTES."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        if response.headers.get("Content-Encoding", "identity") != "identity":
            await response.aclose()
            raise httpx2.DecodingError("a packed answer", request=request)
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=BoundedStream(response),
            extensions=response.extensions,
        )


class BoundedStream(httpx2.AsyncByteStream):
    """The body of a response, up to LARGEST_BYTES."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self.response.aiter_raw():
            size += len(part)
            if size > LARGEST_BYTES:
                raise httpx2.ReadError("the answer is too large")
            yield part

    async def aclose(self) -> None:
        await self.response.aclose()
