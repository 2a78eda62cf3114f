"""A proxy between pages and the site that simulates network faults, in the pages' event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

CHUNK = 16 * 1024
BINARY = 0x82  # first byte of a whole binary WebSocket frame
MASK = 4


@dataclass(slots=True)
class NetworkConditions:
    """Conditions of every connection; the default is a perfect network.

    `deaf`: data from the site is discarded (half-open). `drop_after`: number of bytes from a page
    after which its connection is cut. `twice`: each whole binary frame of a page is sent twice.
    """

    latency_s: float = 0.0
    jitter_s: float = 0.0
    bytes_a_second: float | None = None
    deaf: bool = False
    drop_after: int | None = None
    twice: bool = False


@dataclass(slots=True, eq=False)
class ProxiedConnection:
    """The two ends of one connection through the proxy."""

    page: asyncio.StreamWriter
    site: asyncio.StreamWriter
    sent: int = 0

    def cut(self) -> None:
        for end in (self.page, self.site):
            end.transport.abort()

    async def close(self) -> None:
        """Close both ends before waiting for either, so that a cancellation leaves none open."""
        for end in (self.page, self.site):
            end.close()
        for end in (self.page, self.site):
            with suppress(OSError):
                await end.wait_closed()


@dataclass(slots=True)
class Proxy:
    """A proxy that listens on `port`; `conditions` may be changed at any time.

    `target`: the port of the site, on `host`.
    """

    target: int
    rng: Random
    conditions: NetworkConditions = field(default_factory=NetworkConditions)
    lines: set[ProxiedConnection] = field(default_factory=set)
    serving: set[asyncio.Task[None]] = field(default_factory=set)
    port: int = 0
    server: asyncio.Server | None = None
    host: str = "127.0.0.1"

    async def open(self) -> None:
        self.server = await asyncio.start_server(self._begin, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self.server is not None:
            self.server.close()
        self.reset()
        await asyncio.gather(*self.serving, return_exceptions=True)

    def reset(self) -> None:
        """Cut every connection at once."""
        for line in list(self.lines):
            line.cut()

    def _begin(self, reader: asyncio.StreamReader, page: asyncio.StreamWriter) -> None:
        serving = asyncio.create_task(self._serve(reader, page))
        self.serving.add(serving)
        serving.add_done_callback(self.serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, page: asyncio.StreamWriter) -> None:
        try:
            from_site, site = await asyncio.open_connection(self.host, self.target)
        except OSError:
            page.transport.abort()
            return
        line = ProxiedConnection(page, site)
        self.lines.add(line)
        ways = [
            asyncio.create_task(
                self._carry(reader, site, lambda data: self._forward_to_site(line, data))
            ),
            asyncio.create_task(self._carry(from_site, page, self._forward_to_page)),
        ]
        try:
            await asyncio.wait(ways, return_when="FIRST_COMPLETED")
        finally:
            self.lines.discard(line)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            await line.close()

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        weathered: Callable[[bytes], bytes],
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._delay(len(data))
                if carried := weathered(data):
                    writer.write(carried)
                    await writer.drain()

    async def _delay(self, size: int) -> None:
        now = self.conditions
        wait_s = now.latency_s + self.rng.uniform(0, now.jitter_s)
        if now.bytes_a_second:
            wait_s += size / now.bytes_a_second
        if wait_s:
            await asyncio.sleep(wait_s)

    def _forward_to_site(self, line: ProxiedConnection, data: bytes) -> bytes:
        """Return the data that reaches the site for what a page sent."""
        line.sent += len(data)
        limit = self.conditions.drop_after
        if limit is not None and line.sent >= limit:
            line.site.write(data[: max(0, len(data) - (line.sent - limit))])
            asyncio.get_running_loop().call_soon(line.cut)
            return b""
        return data * 2 if self.conditions.twice and is_one_frame(data) else data

    def _forward_to_page(self, data: bytes) -> bytes:
        return b"" if self.conditions.deaf else data


def is_one_frame(data: bytes) -> bool:
    """Return whether these bytes are exactly one whole masked binary frame."""
    if len(data) < 2 or data[0] != BINARY:
        return False
    size, head = data[1] & 0x7F, 2
    if size == 126:
        size, head = int.from_bytes(data[2:4], "big"), 4
    elif size == 127:
        return False
    return len(data) == head + MASK + size
