"""The open page of a simulated person: its Sitting, its socket, and reconnection."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterable, Mapping
from random import Random
from time import monotonic
from typing import Any, Protocol
from uuid import UUID, uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from bridge.socket_client import draw_wait_s
from demo.simulated_learners.http_client import Visitor
from demo.simulated_learners.outbox import PageOutbox
from demo.simulated_learners.sensor_data import SensedRows
from telemetry.windows import span

VERSION = 1
FINAL = (4400, 4401, 4403, 4409, 4413)
PUMP_S = 1.0
# As a browser's: giving up early would add load to a site that is busy with a class.
OPEN_S = WELCOME_S = 60.0
Offer = Mapping[str, Any]


class SensorSource(Protocol):
    """The person at the page: what was sensed in one beat, and their true state."""

    def second(self, second: int) -> Iterable[SensedRows]: ...
    def state(self, second: float) -> str: ...


class LearnerPage:
    """One Sitting. `run` keeps the socket; acts call `event`, `report`, `outcome` meanwhile."""

    beat_s = PUMP_S

    def __init__(self, visitor: Visitor, unit: UUID, tape: SensorSource, *, rng: Random) -> None:
        self.visitor, self.unit, self.tape, self.rng = visitor, unit, tape, rng
        self.page = uuid4()
        self.sitting: UUID | None = None
        self.socket: ClientConnection | None = None
        self.outbox = PageOutbox()
        self.offers: asyncio.Queue[Offer] = asyncio.Queue()
        self.reconnects = self.estimates = 0
        # Delays: of an Estimate from the end of its Window, of an offer by its code.
        self.shown_after: list[float] = []
        self.offered_at: dict[UUID, float] = {}
        self.closed_with: int | None = None
        self.began = monotonic()
        self.captured = 0
        self.capturing, self.done = True, False
        self._passing: list[Mapping[str, Any]] = []
        self._soon, self._welcomed = asyncio.Event(), asyncio.Event()

    async def open(self) -> None:
        """Begin the Sitting, as the page's script does. Raises OSError."""
        fields = {"unit": str(self.unit), "page": str(self.page), "scenario": "course"}
        begun = await self.visitor.post_json("/api/v1/sittings/", fields)
        self.sitting = UUID(str(begun["sitting"]))
        self.began = monotonic() - float(str(begun["now"]))

    def now(self) -> float:
        """Return seconds since the Sitting began."""
        return monotonic() - self.began

    def state(self) -> str:
        """Return the person's true present state; it is never sent to the site."""
        return self.tape.state(self.now())

    def event(self, name: str, value: float | None = None, ref: UUID | None = None) -> None:
        about = None if ref is None else str(ref)
        self._queue_message({"type": "event", "name": name, "value": value, "ref": about})

    def report(self, label: str) -> None:
        self._queue_message({"type": "report", "label": label})

    def outcome(self, code: str, outcome: str) -> None:
        self._passing.append({"type": "intervention.outcome", "code": code, "outcome": outcome})
        self._soon.set()

    async def finish(self, patience_s: float) -> None:
        """Stop sensing, wait until all is answered or `patience_s` is over, then close."""
        self._capture()
        self.capturing = False
        until = monotonic() + patience_s
        while monotonic() < until and not self.outbox.empty() and self.closed_with is None:
            self._soon.set()
            await asyncio.sleep(0.1)
        self.done = True
        self._soon.set()

    async def run(self) -> None:
        """Keep the socket open until `finish`; reconnect at a random moment after a break."""
        attempt = 0
        while not self._is_over():
            self._welcomed.clear()
            with contextlib.suppress(OSError, TimeoutError, WebSocketException):
                await self._run_socket()
            attempt = 0 if self._welcomed.is_set() else attempt + 1
            if not self._is_over():
                self.reconnects += 1
                await asyncio.sleep(draw_wait_s(attempt, self.rng))

    def _is_over(self) -> bool:
        return self.done or self.closed_with is not None

    async def _run_socket(self) -> None:
        """Run one socket from its hello to its end."""
        async with connect(
            self.visitor.socket(f"/ws/sittings/{self.sitting}/"),
            origin=self.visitor.origin,  # type: ignore[arg-type]  # a NewType of str
            additional_headers={"Cookie": self.visitor.cookie},
            compression=None,
            ping_interval=None,
            open_timeout=OPEN_S,
            close_timeout=2,
        ) as socket:
            self.socket = socket
            reading = asyncio.create_task(self._read(socket))
            reading.add_done_callback(lambda _: self._soon.set())
            try:
                await self._greet(socket, reading)
                await self._talk(socket, reading)
            except ConnectionClosed:
                self._note_end(socket)
            finally:
                self.socket = None
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def _greet(self, socket: ClientConnection, reading: asyncio.Task[None]) -> None:
        unacked = self.outbox.unacked()
        hello = {"type": "hello", "version": VERSION, "page": str(self.page), "unacked": unacked}
        await socket.send(json.dumps(hello))
        waiting = asyncio.create_task(self._welcomed.wait())
        await asyncio.wait({waiting, reading}, timeout=WELCOME_S, return_when="FIRST_COMPLETED")
        waiting.cancel()
        if not self._welcomed.is_set() and not reading.done():
            raise TimeoutError("expected a welcome")

    async def _talk(self, socket: ClientConnection, reading: asyncio.Task[None]) -> None:
        """Send each second what was sensed in it, and at once what was done."""
        while not self.done and not reading.done():
            self._soon.clear()
            self._capture()
            for message in self.outbox.take_texts():
                await socket.send(json.dumps(message))
            while self._passing:
                await socket.send(json.dumps(self._passing.pop(0)))
            for data in self.outbox.take(monotonic()):
                await socket.send(data)
            await self._pause()
        if reading.done():
            self._note_end(socket)

    async def _pause(self) -> None:
        """Wait for the next beat of the Sitting, something to send, or the end of the socket.

        It creates no task, as a thousand pages share one process.
        """
        left = self.beat_s - self.now() % self.beat_s
        beat = asyncio.get_running_loop().call_later(left, self._soon.set)
        await self._soon.wait()
        beat.cancel()

    async def _read(self, socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in socket:
                self._hear(json.loads(text))

    def _note_end(self, socket: ClientConnection) -> None:
        if socket.close_code in FINAL:
            self.closed_with = socket.close_code

    def _hear(self, message: Mapping[str, Any]) -> None:
        heard = {
            "welcome": self._hear_welcome,
            "ack": self._hear_ack,
            "error": self._hear_error,
            "consent.changed": self._hear_consent,
            "intervention.show": self._hear_offer,
            "estimate.show": self._hear_estimate,
        }.get(message["type"])
        if heard is not None:
            heard(message)

    def _hear_welcome(self, message: Mapping[str, Any]) -> None:
        # The Sitting's clock must not run back, or times would decrease.
        self.began = min(self.began, monotonic() - message["now"])
        self.outbox.welcome(message["streams"])
        self._welcomed.set()
        self._soon.set()

    def _hear_ack(self, message: Mapping[str, Any]) -> None:
        if "id" in message:
            self.outbox.texts.pop(message["id"], None)
        else:
            self.outbox.acknowledge(message["stream"], message["seq"], monotonic())

    def _hear_error(self, message: Mapping[str, Any]) -> None:
        if "stream" in message:
            self.outbox.refuse(message["stream"], message["seq"], message["code"])
        else:
            self.outbox.refuse_text(message.get("id", ""), message["code"])

    def _hear_consent(self, message: Mapping[str, Any]) -> None:
        stream, _, purpose = message["scope"].partition(":")
        if purpose == "adapt":
            epoch = message["epoch"] & 0xFFFF if message["granted"] else None
            self.outbox.change_grant(stream, epoch, message.get("next_seq", 0))

    def _hear_offer(self, message: Mapping[str, Any]) -> None:
        self.offered_at.setdefault(UUID(message["code"]), self.now())
        self.offers.put_nowait(message)

    def _hear_estimate(self, message: Mapping[str, Any]) -> None:
        self.estimates += 1
        self.shown_after.append(self.now() - span(message["cut"])[1])

    def _capture(self) -> None:
        """Queue every complete beat that has passed."""
        while self._has_passed(self.captured) and self.outbox.epochs:
            for cut in self.tape.second(self.captured):
                self.outbox.add(cut)
            self.captured += 1

    def _has_passed(self, beat: int) -> bool:
        return self.capturing and (beat + 1) * self.beat_s <= self.now()

    def _queue_message(self, message: dict[str, Any]) -> None:
        self.outbox.add_text({**message, "id": str(uuid4()), "t": max(0.0, self.now())})
        self._soon.set()
