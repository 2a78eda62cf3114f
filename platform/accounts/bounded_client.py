"""An HTTP transport that refuses responses above a size limit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import httpx2

LARGEST_BYTES: Final = 256 * 1024


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
