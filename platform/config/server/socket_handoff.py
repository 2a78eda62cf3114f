"""Hands a connection that becomes a WebSocket from the pages' process to the sockets' process.

The bytes read so far and the descriptor cross a socket pair as one message (SCM_RIGHTS). The
browser notices nothing.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from contextlib import suppress
from typing import Any

from uvicorn.server import Server

from config.server.concurrency_limit import SOCKETS_LAG, LoopLag
from config.server.head_limits import LimitedHeads

# More than a server accepts as the head of a request.
LARGEST_HEAD = 128 * 1024
End = socket.socket
# In each tick of uvicorn, the sockets' process reports its loop's lag. The pages' process checks
# every fiftieth tick; after this many silent checks in a row the other one counts as hung. Ticks
# are counted, not time: a suspended computer hangs nothing.
CHECK_TICKS, MISSED = 50, 6
STORE_TIMEOUT_S = 4.0
logger = logging.getLogger(__name__)
UNAVAILABLE = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n"
    b"connection: close\r\n\r\n"
)


def make_pair() -> tuple[socket.socket, socket.socket]:
    """Return the two ends of the hand-off: one message is one connection; neither end blocks."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in ends:
        end.setblocking(False)
    return ends


def _receive(way: socket.socket) -> tuple[bytes, list[int]]:
    """Return the next message and its descriptor; no bytes if the other side has ended."""
    try:
        content, descriptors, _, _ = socket.recv_fds(way, LARGEST_HEAD, 1)
    except ConnectionResetError:
        return b"", []  # It ended before it had read everything.
    return content, descriptors


class HandoffProtocol(LimitedHeads):
    """uvicorn's HTTP protocol, for the pages; `way` leads to the sockets' process."""

    def __init__(self, *arguments: Any, way: socket.socket, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.way = way

    def handle_websocket_upgrade(self) -> None:
        self.connections.discard(self)
        connection = self.transport.get_extra_info("socket")
        try:
            socket.send_fds(self.way, [self._head()], [connection.fileno()])
        except OSError:
            # The other process is gone, or its queue is full.
            self.transport.write(UNAVAILABLE)
            self.transport.close()
        else:
            # Closes only this process's descriptor: nothing is sent on the connection.
            self.transport.abort()

    def _head(self) -> bytes:
        lines = [name + b": " + value for name, value in self.headers]
        request = self.scope["method"].encode() + b" " + self.url + b" HTTP/1.1"
        return b"\r\n".join([request, *lines, b"", b""])


class SocketsServer(Server):
    """uvicorn without a port: it serves the connections from `way` until that ends."""

    def __init__(self, config: Any, way: socket.socket) -> None:
        super().__init__(config)
        self.way, self.own = way, LoopLag()
        self.taking: set[asyncio.Task[None]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets or [])
        asyncio.get_running_loop().add_reader(self.way, self._take)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, after storing what closing pages sent last: they cannot send it again."""
        # Imported here: only after Django is set up.
        from telemetry.blocks.batch_writer import writer

        await super().shutdown(sockets)
        with suppress(TimeoutError):
            await asyncio.wait_for(writer().close(), STORE_TIMEOUT_S)

    async def on_tick(self, counter: int) -> bool:
        self.own.measure()
        with suppress(OSError):
            self.way.send(b"%.3f" % self.own.late_s)
        return await super().on_tick(counter)

    def _take(self) -> None:
        head, descriptors = _receive(self.way)
        if not head:
            asyncio.get_running_loop().remove_reader(self.way)
            self.should_exit = True
            return
        for descriptor in descriptors:
            task = asyncio.create_task(self._serve_one(head, socket.socket(fileno=descriptor)))
            self.taking.add(task)
            task.add_done_callback(self.taking.discard)

    async def _serve_one(self, head: bytes, connection: socket.socket) -> None:
        protocol_class: Any = self.config.ws_protocol_class
        protocol = protocol_class(config=self.config, server_state=self.server_state, app_state={})
        connection.setblocking(False)
        transport, _ = await asyncio.get_running_loop().connect_accepted_socket(
            lambda: protocol, connection
        )
        if self.should_exit:
            # A page that connects again at once would lose this socket without a close frame.
            transport.write(UNAVAILABLE)
            transport.close()
        else:
            protocol.data_received(head)


class PagesServer(Server):
    """uvicorn that hands sockets over to the process `other`, and ends together with it.

    `alone`: the other one ended first. `missed`: silent checks in a row. A hung process is killed.
    """

    def __init__(self, config: Any, way: socket.socket, other: int) -> None:
        super().__init__(config)
        self.way, self.other, self.alone, self.missed = way, other, False, 0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        asyncio.get_running_loop().add_reader(self.way, self._read_lag)

    async def on_tick(self, counter: int) -> bool:
        if counter % CHECK_TICKS == 0:
            self.missed += 1
            if self.missed > MISSED:
                logger.critical("web.sockets_stalled")
                os.kill(self.other, signal.SIGKILL)
        return await super().on_tick(counter)

    def _read_lag(self) -> None:
        self.missed = 0
        content, _ = _receive(self.way)
        if content:
            SOCKETS_LAG.report(float(content))
        else:
            asyncio.get_running_loop().remove_reader(self.way)
            self.alone = not self.should_exit
            self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().remove_reader(self.way)
        self.way.close()
        await super().shutdown(sockets)
        with suppress(ChildProcessError):
            await asyncio.to_thread(os.waitpid, self.other, 0)
