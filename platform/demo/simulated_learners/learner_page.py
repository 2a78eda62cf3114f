"""The open page of a simulated person: its Sitting, what it senses, and what the site shows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from random import Random
from typing import Any, Protocol
from uuid import UUID

from attune_client.blocks import BlockRows
from attune_client.connection import SittingConnection, SocketAddress
from attune_client.messages import make_event, make_outcome, make_report
from attune_client.outbox import Outbox
from attune_client.reconnection import ReconnectWaits
from demo.simulated_learners.http_client import Visitor
from telemetry.windows import span

Offer = Mapping[str, Any]


class SensorSource(Protocol):
    """The person at the page: what was sensed in one beat, and their true state."""

    def second(self, second: int) -> Iterable[BlockRows]: ...
    def state(self, second: float) -> str: ...


class LearnerPage(SittingConnection):
    """One Sitting. `run` keeps the socket; acts call `event`, `report`, `outcome` meanwhile."""

    def __init__(
        self,
        visitor: Visitor,
        unit: UUID,
        tape: SensorSource,
        *,
        rng: Random,
        outbox: Outbox | None = None,
    ) -> None:
        super().__init__(outbox or Outbox(), waits=ReconnectWaits(rng))
        self.visitor, self.unit, self.tape, self.rng = visitor, unit, tape, rng
        self.sitting: UUID | None = None
        self.offers: asyncio.Queue[Offer] = asyncio.Queue()
        self.estimates = 0
        # Delays: of an Estimate from the end of its Window, of an offer by its code.
        self.shown_after: list[float] = []
        self.offered_at: dict[UUID, float] = {}
        self.captured = 0
        self.capturing = True

    @property
    def address(self) -> SocketAddress:
        return self.visitor.socket(f"/ws/sittings/{self.sitting}/")

    async def open(self) -> None:
        """Begin the Sitting, as the page's script does. Raises OSError."""
        fields = {"unit": str(self.unit), "page": self.page, "scenario": "course"}
        begun = await self.visitor.post_json("/api/v1/sittings/", fields)
        self.sitting = UUID(str(begun["sitting"]))
        self.began = self.clock() - float(str(begun["now"]))

    def state(self) -> str:
        """Return the person's true present state; it is never sent to the site."""
        return self.tape.state(self.now())

    def event(self, name: str, value: float | None = None, ref: UUID | None = None) -> None:
        about = None if ref is None else str(ref)
        self.queue_message(make_event(self.now(), name, value, about))

    def report(self, label: str) -> None:
        self.queue_message(make_report(self.now(), label))

    def outcome(self, code: str, outcome: str) -> None:
        self.send_unkept(make_outcome(code, outcome))

    async def finish(self, patience_s: float) -> None:
        """Stop sensing, wait until all is answered or `patience_s` is over, then close."""
        self.collect()
        self.capturing = False
        await super().finish(patience_s)

    def collect(self) -> None:
        """Queue every complete beat that has passed, of the Streams that are on."""
        while self._has_passed(self.captured) and self.outbox.epochs:
            for cut in self.tape.second(self.captured):
                if cut.stream in self.outbox.epochs:
                    self.queue_block(cut)
            self.captured += 1

    def on_message(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "intervention.show":
            self.offered_at.setdefault(UUID(message["code"]), self.now())
            self.offers.put_nowait(message)
        elif message["type"] == "estimate.show":
            self.estimates += 1
            self.shown_after.append(self.now() - span(message["cut"])[1])

    def _has_passed(self, beat: int) -> bool:
        return self.capturing and (beat + 1) * self.beat_s <= self.now()
