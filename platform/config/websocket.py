"""uvicorn's WebSocket, with one write to the network for all that is said in one turn of the loop.

A page that sends the Blocks of four Streams hears four acks at once. As a write each they cost the
server and the page four times as many turns of the network; and a short text needs no more than a
head of two bytes before it, where wsproto asks six objects of its own.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol

MOST_BYTES = 64 * 1024
# A text frame in one piece, unmasked as a server's are; a longer one has a longer head (RFC 6455).
TEXT, SHORT = 0x81, 126


class Gathering:
    """A transport that keeps what is written until the loop's next turn; all else is the real
    one's."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.pause_reading = transport.pause_reading
        self.resume_reading = transport.resume_reading
        self.is_closing = transport.is_closing
        self.loop = asyncio.get_running_loop()
        self.parts: list[bytes] = []
        self.size = 0

    def write(self, data: bytes) -> None:
        if not self.parts:
            self.loop.call_soon(self.flush)
        self.parts.append(data)
        self.size += len(data)
        if self.size > MOST_BYTES:
            self.flush()

    def flush(self) -> None:
        parts, self.parts, self.size = self.parts, [], 0
        if parts:
            self.transport.write(b"".join(parts))

    def close(self) -> None:
        self.flush()
        self.transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)


class WebSocket(WSProtocol):
    """For `uvicorn --ws config.websocket:WebSocket`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, Gathering(transport)))

    async def send(self, message: ASGISendEvent) -> None:
        text = cast(str | None, message.get("text"))
        if text is not None and len(said := text.encode()) < SHORT and self._is_open():
            self.transport.write(bytes((TEXT, len(said))) + said)
        else:
            await super().send(message)

    def _is_open(self) -> bool:
        """Nothing is in the way of what is said now: no handshake, no full line, no farewell."""
        ready = self.handshake_complete and not self.close_sent and self.writable.is_set()
        return ready and not self.transport.is_closing()
