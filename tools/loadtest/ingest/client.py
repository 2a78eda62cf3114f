"""Many pages in one process: each sends four Blocks, waits for their acks, and sends the next.

It says hello and encodes Blocks as every client does. Its WebSocket is minimal and each answer is
only counted, so that it costs little compared with the server that is measured.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import prod
from typing import Any

from attune_client.blocks import encode_head
from attune_client.messages import make_hello
from emotion import streams
from tools.testbed.open_sittings import STREAMS, SittingAccess

ROWS = {"face": 10}
UNMASKED = bytes(4)
# So many pages connect at a time; one by one, two thousand take five minutes.
AT_ONCE = 50


@dataclass(slots=True)
class LoadResult:
    """What the pages of one run measured."""

    sent: int = 0
    in_time: int = 0
    cpu_s: float = 0.0
    waits_s: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class LoadPage(asyncio.Protocol):
    """One page. It sends at most every `every_s` seconds, and only after the previous acks."""

    def __init__(self, door: SittingAccess, host: str, tally: LoadResult, every_s: float) -> None:
        self.door, self.host, self.tally, self.every_s = door, host, tally, every_s
        self.buffer = bytearray()
        self.open = self.running = self.opened = False
        self.seq = self.missing = 0
        self.sent_at = self.began = 0.0
        self.welcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            (
                f"GET /ws/sittings/{self.door.sitting}/ HTTP/1.1\r\nHost: {self.host}\r\n"
                f"Origin: http://{self.host}\r\nCookie: {self.door.cookie}\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                f"Sec-WebSocket-Key: {key}\r\n\r\n"
            ).encode()
        )

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.opened:
            self._take_handshake()
        while self.opened and (frame := self._next_frame()) is not None:
            self._handle_frame(*frame)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        if not self.welcome.done():
            self.welcome.set_exception(ConnectionError("closed before the welcome"))
        if self.running:
            self.tally.errors.append("closed")

    def start(self) -> None:
        self.running = True
        self._send_blocks()

    def stop(self) -> None:
        self.running = False

    def _take_handshake(self) -> None:
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        if b" 101 " not in self.buffer[:end]:
            raise ConnectionError(f"expected 101, got {bytes(self.buffer[:40])!r}")
        del self.buffer[: end + 4]
        self.opened = True
        self._write(0x81, json.dumps(make_hello(str(uuid.uuid4()))).encode())

    def _next_frame(self) -> tuple[int, bytes] | None:
        if len(self.buffer) < 2:
            return None
        size, head = self.buffer[1], 2
        if size == 126:
            size, head = int.from_bytes(self.buffer[2:4], "big"), 4
        if len(self.buffer) < head + size:
            return None
        opcode, payload = self.buffer[0] & 0x0F, bytes(self.buffer[head : head + size])
        del self.buffer[: head + size]
        return opcode, payload

    def _handle_frame(self, opcode: int, payload: bytes) -> None:
        if opcode == 9:
            self._write(0x8A, payload)
        elif opcode == 8:
            self.tally.errors.append(f"close {int.from_bytes(payload[:2], 'big')}")
        elif payload.startswith(b'{"type":"ack"'):
            self._count_ack(1)
        elif opcode == 2:
            self._count_ack(len(STREAMS))
        elif b'"welcome"' in payload:
            self._start_numbering(json.loads(payload))
        else:
            self.tally.errors.append(payload[:80].decode())

    def _start_numbering(self, said: dict[str, Any]) -> None:
        """Continue the numbering of an earlier run."""
        self.began = asyncio.get_running_loop().time() - said["now"]
        self.seq = max((each["next_seq"] for each in said["streams"]), default=0)
        self.welcome.set_result(None)

    def _count_ack(self, blocks: int) -> None:
        self.missing -= blocks
        if self.missing:
            return
        loop = asyncio.get_running_loop()
        self.tally.waits_s.append(loop.time() - self.sent_at)
        rest = self.sent_at + self.every_s - loop.time()
        if rest > 0:
            loop.call_later(rest, self._send_blocks)
        else:
            self._send_blocks()

    def _send_blocks(self) -> None:
        if not self.running or self.transport.is_closing():
            return
        self.sent_at = asyncio.get_running_loop().time()
        self._write(0x82, make_blocks(self.seq, self.sent_at - self.began))
        self.seq += 1
        self.missing = len(STREAMS)
        self.tally.sent += 1

    def _write(self, head: int, payload: bytes) -> None:
        size = len(payload)
        length = struct.pack("!B", 0x80 | size) if size < 126 else struct.pack("!BH", 0xFE, size)
        self.transport.write(bytes((head,)) + length + UNMASKED + payload)


def make_blocks(seq: int, t0: float) -> bytes:
    """Return one second of four streams."""
    parts = []
    for name, payload in PAYLOADS.items():
        known, shape = SHAPES[name]
        head = encode_head(
            known, epoch=1, seq=seq, t0=max(0.0, t0), rate_hz=known.rate_hz or 0.0, shape=shape
        )
        parts.append(head + payload)
    return b"".join(parts)


def _return_itself(page: LoadPage) -> LoadPage:
    return page


SHAPES = {
    known.name: (known, (ROWS.get(known.name, 1), len(known.channels)))
    for known in map(streams.stream, STREAMS)
}
PAYLOADS = {name: struct.pack("<f", 0.25) * prod(shape) for name, (_, shape) in SHAPES.items()}


async def _connect(page: LoadPage, port: int) -> None:
    loop = asyncio.get_running_loop()
    await loop.create_connection(partial(_return_itself, page), "127.0.0.1", port)
    await asyncio.wait_for(page.welcome, 30)


async def run_pages(
    doors: Sequence[SittingAccess],
    port: int,
    seconds: float,
    every_s: float,
    cpu_s: Callable[[], float],
) -> LoadResult:
    """Connect all pages first; then send for `seconds` while the server's CPU time is measured."""
    loop, tally = asyncio.get_running_loop(), LoadResult()
    pages = [LoadPage(door, f"127.0.0.1:{port}", tally, every_s) for door in doors]
    for first in range(0, len(pages), AT_ONCE):
        await asyncio.gather(*(_connect(page, port) for page in pages[first : first + AT_ONCE]))
    before = cpu_s()
    for place, page in enumerate(pages):
        loop.call_later(every_s * place / len(pages), page.start)
    await asyncio.sleep(seconds)
    for page in pages:
        page.stop()
    tally.in_time, tally.cpu_s = len(tally.waits_s), cpu_s() - before
    await asyncio.sleep(1)
    for page in pages:
        page.transport.close()
    return tally
