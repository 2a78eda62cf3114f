"""Client of the Sitting's socket: says hello, sends what the outbox holds, and reconnects.

Across reconnects no Block is sent under two numbers, and none is dropped before it is answered.
Times are the Sitting's: seconds since it began, by `now` of `welcome`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from random import Random
from time import monotonic
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from bridge.http_client import SiteAddress
from bridge.outbox import Outbox

VERSION = 1
PUMP_S = 1.0
WELCOME_S = 20.0
# As `waitMs` of static/js/telemetry/socket.js.
FIRST_WAIT_S, LONGEST_WAIT_S, SPREAD_S = 0.5, 5.0, 2.5
FINAL: Mapping[int, str] = {
    4400: "The site does not understand this bridge. Check that both have the same version.",
    4401: "The key is no longer valid: it was revoked, or it has expired.",
    4403: "The lesson was closed, or what the key may send was switched off.",
    4409: "Another bridge is running with this key. Stop that one first.",
    4413: "A message was too large for the site.",
}


def draw_wait_s(attempt: int, rng: Random) -> float:
    """Return how long to wait before attempt number `attempt` since the last welcome."""
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(attempt, 10))
    return rng.uniform(max(0.0, longest - SPREAD_S), longest)


class SittingConnection:
    """The connection to one Sitting.

    `run` keeps the socket open until `finish` or a final answer; `ended_by` names that answer.
    """

    def __init__(
        self,
        site: SiteAddress,
        sitting: str,
        outbox: Outbox,
        *,
        say: Callable[[str], None],
        rng: Random,
    ) -> None:
        self.site, self.sitting, self.outbox = site, sitting, outbox
        self.say, self.rng = say, rng
        self.run_id = str(uuid4())
        self.began: float | None = None
        self.elsewhere: frozenset[str] = frozenset()
        self.done = False
        self.ended_by = ""
        self.reconnects = 0
        self.welcomed = asyncio.Event()
        self.over = asyncio.Event()

    def now(self) -> float:
        """Return s since the Sitting began. Raises RuntimeError before the first welcome."""
        if self.began is None:
            raise RuntimeError("expected a welcome before the time is asked")
        return monotonic() - self.began

    async def run(self) -> None:
        """Keep the socket open; reconnect at a random moment within five seconds."""
        attempt = 0
        while not self._is_over():
            self.welcomed.clear()
            with suppress(OSError, TimeoutError, WebSocketException):
                await self._run_socket()
            attempt = 0 if self.welcomed.is_set() else attempt + 1
            if not self._is_over():
                self.reconnects += 1
                await asyncio.sleep(draw_wait_s(attempt, self.rng))
        self.over.set()

    async def finish(self, patience_s: float) -> None:
        """Wait until all Blocks are answered or `patience_s` is over, then close."""
        until = monotonic() + patience_s
        while monotonic() < until and not self.outbox.empty() and not self.over.is_set():
            await asyncio.sleep(0.1)
        self.done = True

    def _is_over(self) -> bool:
        return self.done or bool(self.ended_by)

    async def _run_socket(self) -> None:
        """Run one socket from its hello to its end."""
        async with connect(
            self.site.socket(self.sitting),
            additional_headers=self.site.headers,
            compression=None,
            close_timeout=2,
        ) as socket:
            reading = asyncio.create_task(self._read(socket))
            try:
                await self._greet(socket, reading)
                await self._talk(socket, reading)
            except ConnectionClosed:
                pass
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
        self.ended_by = self.ended_by or FINAL.get(socket.close_code or 0, "")

    async def _greet(self, socket: ClientConnection, reading: asyncio.Task[None]) -> None:
        hello = {
            "type": "hello",
            "version": VERSION,
            "page": self.run_id,
            "unacked": self.outbox.unacked(),
        }
        await socket.send(json.dumps(hello))
        waiting = asyncio.create_task(self.welcomed.wait())
        await asyncio.wait({waiting, reading}, timeout=WELCOME_S, return_when="FIRST_COMPLETED")
        waiting.cancel()
        if not self.welcomed.is_set() and not reading.done():
            raise TimeoutError("expected a welcome")

    async def _talk(self, socket: ClientConnection, reading: asyncio.Task[None]) -> None:
        while not self.done and not reading.done():
            for message in self.outbox.take_devices():
                await socket.send(json.dumps(message))
            for data in self.outbox.take():
                await socket.send(data)
            await asyncio.wait({reading}, timeout=PUMP_S / 4)

    async def _read(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for text in socket:
                self._hear(json.loads(text))

    def _hear(self, message: Mapping[str, Any]) -> None:
        heard = {
            "welcome": self._hear_welcome,
            "ack": self._hear_ack,
            "error": self._hear_error,
            "consent.changed": self._hear_consent,
            "slow": self._hear_slow,
        }.get(message["type"])
        if heard is not None:
            heard(message)

    def _hear_welcome(self, message: Mapping[str, Any]) -> None:
        # The Sitting's clock must not run back, or times would decrease.
        began = monotonic() - message["now"]
        self.began = began if self.began is None else min(self.began, began)
        self.elsewhere = frozenset(message.get("elsewhere", ()))
        streams = [s for s in message["streams"] if s["stream"] not in self.elsewhere]
        self.outbox.welcome(streams)
        self.welcomed.set()

    def _hear_ack(self, message: Mapping[str, Any]) -> None:
        if "id" in message:
            self.outbox.devices.pop(message["id"], None)
        else:
            self.outbox.acknowledge(message["stream"], message["seq"])

    def _hear_error(self, message: Mapping[str, Any]) -> None:
        if "id" in message:
            told = self.outbox.devices.pop(message["id"], None)
            if told:
                self.say(f"{told['stream']}: the site does not know this device.")
        if "stream" in message and "seq" in message:
            self.outbox.refuse(message["stream"], message["seq"], message["code"])

    def _hear_consent(self, message: Mapping[str, Any]) -> None:
        stream, _, purpose = message["scope"].partition(":")
        if purpose == "adapt" and stream in self.outbox.epochs and not message["granted"]:
            self.say(f"{stream} was switched off.")
            self.outbox.drop(stream)

    def _hear_slow(self, message: Mapping[str, Any]) -> None:
        self.outbox.rates[message["stream"]] = float(message["rate_hz"])
