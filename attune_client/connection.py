"""Connection to a Sitting: says hello, sends what the outbox holds, and reconnects.

Across reconnects no Block is sent under two numbers, and none is dropped before it is answered.
Times are the Sitting's: seconds since it began, by `now` of `welcome`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Origin

from attune_client.blocks import BlockRows
from attune_client.messages import Message, make_hello
from attune_client.outbox import Outbox
from attune_client.reconnection import FINAL_CODES, ReconnectWaits

# Blocks are in flight and none was answered for this long: the connection is dead.
STALLED_S = 30.0
CLOSED_ABNORMALLY = 1006


@dataclass(frozen=True, slots=True)
class SocketAddress:
    """Where the socket is, and how long to wait for its opening and its welcome.

    `ping_s`: seconds between pings of this client; None where the site's pings are enough.
    """

    url: str
    headers: Mapping[str, str]
    origin: str | None = None
    patience_s: float = 20.0
    ping_s: float | None = 20.0

    def open(self) -> connect:
        """Return the opening of a socket, to be awaited or entered."""
        return connect(
            self.url,
            origin=None if self.origin is None else Origin(self.origin),
            additional_headers=self.headers,
            compression=None,
            open_timeout=self.patience_s,
            ping_interval=self.ping_s,
            close_timeout=2,
        )


class SittingConnection:
    """The connection to one Sitting. `run` keeps it open until `stop` or a final close code.

    Subclasses give the address, and may override `collect`, the `on_...` methods and the constants.
    """

    beat_s = 1.0
    # False for a client whose token covers no Grant that is given later.
    accepts_new_grants = True

    def __init__(
        self, outbox: Outbox, *, waits: ReconnectWaits, clock: Callable[[], float] = monotonic
    ) -> None:
        self.outbox, self.waits, self.clock = outbox, waits, clock
        self.page = str(uuid4())
        self.socket: ClientConnection | None = None
        # The Sitting began no later; a welcome tells when.
        self.began = clock()
        self.elsewhere: frozenset[str] = frozenset()
        self.reconnects = 0
        self.done = False
        self.closed_with: int | None = None
        self.welcomed, self.over = asyncio.Event(), asyncio.Event()
        self._woken = asyncio.Event()
        self._unkept: list[Message] = []
        self._answered_at = 0.0

    @property
    def address(self) -> SocketAddress:
        raise NotImplementedError

    def collect(self) -> None:
        """Queue what is new; called before each sending."""

    def on_message(self, message: Mapping[str, Any]) -> None:
        """React to a message of the site, which was handled already."""

    def on_message_refused(self, message: Message) -> None:
        """React to an error that answered this message."""

    def on_switched_off(self, stream: str) -> None:
        """React to the withdrawal of a Stream that was on."""

    def on_close(self, code: int) -> None:
        """React to the end of a socket."""

    @property
    def is_connected(self) -> bool:
        return self.socket is not None and self.welcomed.is_set()

    @property
    def is_over(self) -> bool:
        return self.done or self.closed_with is not None

    def now(self) -> float:
        """Return seconds since the Sitting began."""
        return self.clock() - self.began

    def queue_block(self, cut: BlockRows) -> None:
        """Queue a Block; it is sent with the next beat."""
        self.outbox.add_block(cut, self.clock())

    def queue_message(self, message: Message) -> None:
        """Send a message as soon as possible, and again until it is acknowledged."""
        self.outbox.add_message(message)
        self.wake()

    def send_unkept(self, message: Message) -> None:
        """Send a message that is not acknowledged as soon as possible, once."""
        self._unkept.append(message)
        self.wake()

    def wake(self) -> None:
        """Send now instead of with the next beat."""
        self._woken.set()

    async def run(self) -> None:
        """Keep the socket open; reconnect at a random moment within five seconds."""
        attempt = 0
        while not self.is_over:
            self.welcomed.clear()
            with suppress(OSError, TimeoutError, WebSocketException):
                await self._run_socket()
            attempt = 0 if self.welcomed.is_set() else attempt + 1
            if not self.is_over:
                self.reconnects += 1
                await asyncio.sleep(self.waits.draw(attempt))
        self.over.set()

    async def finish(self, patience_s: float) -> None:
        """Wait until all is answered or `patience_s` is over, then close."""
        until = self.clock() + patience_s
        self.wake()
        while self.clock() < until and not self.outbox.is_empty() and self.closed_with is None:
            await asyncio.sleep(0.1)
        self.stop()

    def stop(self) -> None:
        """Close the socket and end `run`."""
        self.done = True
        self.wake()

    async def _run_socket(self) -> None:
        """Run one socket from its hello to its end."""
        async with self.address.open() as socket:
            self.socket = socket
            reading = asyncio.create_task(self._read(socket))
            reading.add_done_callback(lambda _: self.wake())
            try:
                await self._greet(socket, reading)
                await self._talk(socket, reading)
            except ConnectionClosed:
                pass
            finally:
                self.socket = None
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
        self._note_close(socket.close_code or CLOSED_ABNORMALLY)

    async def _greet(self, socket: ClientConnection, reading: asyncio.Task[None]) -> None:
        """Say hello and wait for the welcome. Raises TimeoutError."""
        await socket.send(json.dumps(make_hello(self.page, unacked=self.outbox.unacked())))
        waiting = asyncio.create_task(self.welcomed.wait())
        patience_s = self.address.patience_s
        await asyncio.wait({waiting, reading}, timeout=patience_s, return_when="FIRST_COMPLETED")
        waiting.cancel()
        if not self.welcomed.is_set() and not reading.done():
            raise TimeoutError("expected a welcome")

    async def _talk(self, socket: ClientConnection, reading: asyncio.Task[None]) -> None:
        """Send with each beat what was sensed, and at once what was done."""
        while not self.done and not reading.done() and not self._is_stalled():
            self._woken.clear()
            self.collect()
            await self._send(socket)
            await self._wait_for_beat()

    async def _send(self, socket: ClientConnection) -> None:
        for message in self.outbox.take_messages():
            await socket.send(json.dumps(message))
        while self._unkept:
            await socket.send(json.dumps(self._unkept.pop(0)))
        for data in self.outbox.take_blocks(self.clock()):
            await socket.send(data)

    async def _wait_for_beat(self) -> None:
        """Wait for the next beat of the Sitting, something to send, or the end of the socket.

        It creates no task, as a thousand connections share one process.
        """
        left = self.beat_s - self.now() % self.beat_s
        beat = asyncio.get_running_loop().call_later(left, self.wake)
        await self._woken.wait()
        beat.cancel()

    def _is_stalled(self) -> bool:
        if not self.outbox.in_flight():
            self._answered_at = self.clock()
        return self.clock() - self._answered_at > STALLED_S

    def _note_close(self, code: int) -> None:
        if code in FINAL_CODES:
            self.closed_with = code
        self.on_close(code)

    async def _read(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for text in socket:
                self._hear(json.loads(text))

    def _hear(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "welcome" or "stream" in message:
            self._answered_at = self.clock()
        heard = {
            "welcome": self._hear_welcome,
            "ack": self._hear_ack,
            "error": self._hear_error,
            "consent.changed": self._hear_consent,
            "slow": self._hear_slow,
        }.get(message["type"])
        if heard is not None:
            heard(message)
        self.on_message(message)

    def _hear_welcome(self, message: Mapping[str, Any]) -> None:
        # The Sitting's clock must not run back, or times would decrease.
        self.began = min(self.began, self.clock() - message["now"])
        self.elsewhere = frozenset(message.get("elsewhere", ()))
        streams = [each for each in message["streams"] if each["stream"] not in self.elsewhere]
        self.outbox.welcome(streams)
        self.welcomed.set()
        self.wake()

    def _hear_ack(self, message: Mapping[str, Any]) -> None:
        if "id" in message:
            self.outbox.acknowledge_message(message["id"])
        else:
            self.outbox.acknowledge(message["stream"], message["seq"], self.clock())

    def _hear_error(self, message: Mapping[str, Any]) -> None:
        if "stream" in message and "seq" in message:
            self.outbox.refuse(message["stream"], message["seq"], message["code"])
        if "id" in message:
            refused = self.outbox.refuse_message(message["id"], message["code"])
            if refused is not None:
                self.on_message_refused(refused)

    def _hear_consent(self, message: Mapping[str, Any]) -> None:
        stream, _, purpose = message["scope"].partition(":")
        if purpose != "adapt":
            return
        if message["granted"]:
            if self.accepts_new_grants:
                self.outbox.switch_on(stream, message["epoch"], message.get("next_seq", 0))
            return
        was_on = stream in self.outbox.epochs
        self.outbox.switch_off(stream)
        if was_on:
            self.on_switched_off(stream)

    def _hear_slow(self, message: Mapping[str, Any]) -> None:
        self.outbox.rates[message["stream"]] = float(message["rate_hz"])
