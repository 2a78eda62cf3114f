"""uvicorn's WebSocket, with one network write for everything sent in one tick of the loop.

A page that sends Blocks of four Streams gets four acks at once. Separate writes would cost server
and page four times as many network events.

wsproto handles all frames but the two that come by the thousand, where its objects took half the
time of a message. Short texts are written here, and binary messages that arrive whole are read
here. A test compares both with wsproto on the same bytes.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

import numpy as np
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from wsproto.connection import ConnectionState

from push.message_queue import Inbox

MOST_BYTES = 64 * 1024
# A single text frame, unmasked as a server's are; a longer one has a longer head (RFC 6455).
TEXT, SHORT = 0x81, 126
# The head of a single binary frame, masked as a page's are, with a two-byte length.
BINARY, MASKED_LONG, HEAD, WORD = 0x82, 0x80 | 126, 8, 4


class BufferedTransport:
    """A transport that buffers writes until the loop's next tick; the rest is delegated."""

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


def unmask(frame: bytes) -> bytes:
    """Return the payload, of whole words, of a frame whose head ends with the mask."""
    words = np.frombuffer(frame, "<u4", offset=HEAD - WORD)
    plain: bytes = (words[1:] ^ words[0]).tobytes()
    return plain


class BatchingWebSocket(WSProtocol):
    """For `uvicorn --ws config.server.websocket_protocol:BatchingWebSocket`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.queue = cast(Any, Inbox())

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, BufferedTransport(transport)))

    def data_received(self, data: bytes) -> None:
        size = len(data) - HEAD
        if (
            size >= SHORT
            and not size % WORD
            and data[0] == BINARY
            and data[1] == MASKED_LONG
            and int.from_bytes(data[2:4]) == size
            and self._is_between_messages()
        ):
            self.queue.put_nowait({"type": "websocket.receive", "bytes": unmask(data)})
            if not self.read_paused:
                self.read_paused = True
                self.transport.pause_reading()
        else:
            super().data_received(data)

    def _is_between_messages(self) -> bool:
        """Return whether both sides are open and wsproto holds no partial frame or message."""
        if self.conn.state is not ConnectionState.OPEN:
            return False
        # Its public API could tell only by being fed.
        frames = cast(Any, self.conn.handshake.connection)._proto._frame_decoder
        return frames.header is None and not len(frames.buffer) and self.buffer.value is None

    async def send(self, message: ASGISendEvent) -> None:
        text = cast(str | None, message.get("text"))
        if text is not None and len(encoded := text.encode()) < SHORT and self._is_open():
            self.transport.write(bytes((TEXT, len(encoded))) + encoded)
        else:
            await super().send(message)
            if message["type"] == "websocket.accept":
                self._free_handshake()

    def _free_handshake(self) -> None:
        """Free 3 KB per socket that are unused after the handshake."""
        handshake = cast(Any, self.conn.handshake)
        handshake._h11_connection = handshake._initiating_request = None

    def _is_open(self) -> bool:
        """Return whether text can be sent now: no handshake, no full buffer, not closing."""
        ready = self.handshake_complete and not self.close_sent and self.writable.is_set()
        return ready and not self.transport.is_closing()
