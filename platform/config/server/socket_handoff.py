"""A connection that is to become a WebSocket goes from the pages' process to the sockets', whole.

What was read of it and its descriptor cross a pair of sockets as one message (SCM_RIGHTS); the
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

from config.server.concurrency_limit import SOCKETS, Lateness
from config.server.head_limits import LimitedHeads

# More than a server takes as the head of a request.
LARGEST_HEAD = 128 * 1024
End = socket.socket
# The sockets' process says in each turn of uvicorn's how late its loop is. Who looks in every
# fiftieth and hears nothing so many times in a row knows that it hangs. Turns and not time: a
# computer that was stopped hangs nobody.
LOOK_TURNS, MISSED = 50, 6
STORES_WITHIN_S = 4.0
logger = logging.getLogger(__name__)
AWAY = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n"
    b"connection: close\r\n\r\n"
)


def pair() -> tuple[socket.socket, socket.socket]:
    """The two ends of the way: one message is one connection, and neither end ever waits."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in ends:
        end.setblocking(False)
    return ends


def _received(way: socket.socket) -> tuple[bytes, list[int]]:
    """The next message and its descriptor; no bytes where the other side has ended."""
    try:
        told, descriptors, _, _ = socket.recv_fds(way, LARGEST_HEAD, 1)
    except ConnectionResetError:
        return b"", []  # it ended before it had read all
    return told, descriptors


class Handing(LimitedHeads):
    """uvicorn's HTTP, for the pages; `way` leads to the sockets' process."""

    def __init__(self, *arguments: Any, way: socket.socket, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.way = way

    def handle_websocket_upgrade(self) -> None:
        self.connections.discard(self)
        connection = self.transport.get_extra_info("socket")
        try:
            socket.send_fds(self.way, [self._head()], [connection.fileno()])
        except OSError:
            # The other process is not there, or has more to take in than the way holds.
            self.transport.write(AWAY)
            self.transport.close()
        else:
            # Only this process's hold of the connection: nothing is said on it.
            self.transport.abort()

    def _head(self) -> bytes:
        lines = [name + b": " + value for name, value in self.headers]
        request = self.scope["method"].encode() + b" " + self.url + b" HTTP/1.1"
        return b"\r\n".join([request, *lines, b"", b""])


class SocketsServer(Server):
    """uvicorn without a port: it serves the connections that come over `way` until that ends."""

    def __init__(self, config: Any, way: socket.socket) -> None:
        super().__init__(config)
        self.way, self.own = way, Lateness()
        self.taking: set[asyncio.Task[None]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets or [])
        asyncio.get_running_loop().add_reader(self.way, self._take)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """What a page that has left sent last is stored, too: it cannot send it again."""
        # Only once Django is set up.
        from telemetry.blocks.batch_writer import writer

        await super().shutdown(sockets)
        with suppress(TimeoutError):
            await asyncio.wait_for(writer().close(), STORES_WITHIN_S)

    async def on_tick(self, counter: int) -> bool:
        self.own.look()
        with suppress(OSError):
            self.way.send(b"%.3f" % self.own.late_s)
        return await super().on_tick(counter)

    def _take(self) -> None:
        head, descriptors = _received(self.way)
        if not head:
            asyncio.get_running_loop().remove_reader(self.way)
            self.should_exit = True
            return
        for descriptor in descriptors:
            task = asyncio.create_task(self._serve_one(head, socket.socket(fileno=descriptor)))
            self.taking.add(task)
            task.add_done_callback(self.taking.discard)

    async def _serve_one(self, head: bytes, connection: socket.socket) -> None:
        of_uvicorn: Any = self.config.ws_protocol_class
        protocol = of_uvicorn(config=self.config, server_state=self.server_state, app_state={})
        connection.setblocking(False)
        await asyncio.get_running_loop().connect_accepted_socket(lambda: protocol, connection)
        protocol.data_received(head)


class PagesServer(Server):
    """uvicorn that hands sockets over to the process `other`, and ends together with it.

    `alone` = the other one ended first; `missed` = how often it was not heard in a row. One that
    hangs is ended.
    """

    def __init__(self, config: Any, way: socket.socket, other: int) -> None:
        super().__init__(config)
        self.way, self.other, self.alone, self.missed = way, other, False, 0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        asyncio.get_running_loop().add_reader(self.way, self._hear)

    async def on_tick(self, counter: int) -> bool:
        if counter % LOOK_TURNS == 0:
            self.missed += 1
            if self.missed > MISSED:
                logger.critical("web.sockets_stalled")
                os.kill(self.other, signal.SIGKILL)
        return await super().on_tick(counter)

    def _hear(self) -> None:
        self.missed = 0
        told, _ = _received(self.way)
        if told:
            SOCKETS.hear(float(told))
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
