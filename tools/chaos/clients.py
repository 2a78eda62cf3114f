"""Simulated pages for fault injection: ten beats a second, random Blocks, and a log of all sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any
from uuid import UUID

import numpy as np
from websockets.asyncio.client import ClientConnection

from demo.simulated_learners.http_client import Visitor
from demo.simulated_learners.sensor_data import SensedRows
from demo.simulated_learners.socket_client import LearnerPage
from emotion.streams import stream
from tools.chaos.sent_log import SentLog

BEAT_S = 0.1
# Interval of the Blocks of each Stream, in seconds. Events and reports are sent at random beats.
EVERY_S = {"face": BEAT_S, "pointer": 1.0, "activity": 1.0, "typing": 5.0}
EVENTS = ("play", "pause", "seek", "visibility")
REPORTS = ("confusion", "interest", "boredom")
EVENT_SHARE, REPORT_SHARE = 0.1, 0.03
FAR_S = 600.0


class RandomSensors:
    """A source of sensor data whose rows are random, so that no two Blocks are alike."""

    def __init__(self, beat_s: float, seed: int) -> None:
        self.beat_s = beat_s
        self.chance = np.random.default_rng(seed)

    def second(self, second: int) -> Iterator[SensedRows]:
        """Yield the Blocks of one beat."""
        t0 = second * self.beat_s
        for name, every_s in EVERY_S.items():
            if second % max(1, round(every_s / self.beat_s)) == 0:
                yield self._block(name, t0, max(every_s, self.beat_s))

    def state(self, second: float) -> str:  # noqa: ARG002
        return ""

    def _block(self, name: str, t0: float, seconds: float) -> SensedRows:
        known = stream(name)
        rate_hz = known.rate_hz or 1.0
        rows, channels = max(1, round(rate_hz * seconds)), len(known.channels)
        values = self.chance.random((rows, channels), dtype=np.float32)
        return SensedRows(name, t0, rate_hz, rows, channels, values.astype("<f4").tobytes())


class RandomPage(LearnerPage):
    """A page that sends random Blocks from its first welcome on, and random events and reports."""

    def __init__(
        self, visitor: Visitor, unit: UUID, *, rng: Random, beat_s: float = BEAT_S
    ) -> None:
        super().__init__(visitor, unit, RandomSensors(beat_s, rng.getrandbits(64)), rng=rng)
        self.beat_s = beat_s

    @property
    def is_connected(self) -> bool:
        return self.socket is not None and self._welcomed.is_set()

    def _hear_welcome(self, message: Mapping[str, Any]) -> None:
        super()._hear_welcome(message)
        self.captured = self.captured or int(self.now() / self.beat_s)

    def _capture(self) -> None:
        now = int(self.now() / self.beat_s)
        if abs(now - self.captured) * self.beat_s > FAR_S:
            # The clock was changed; the time in between was not sensed.
            self.captured = now
        before = self.captured
        super()._capture()
        if self.captured > max(before, 0):
            self._act()

    def _act(self) -> None:
        if self.rng.random() < EVENT_SHARE:
            self.event(self.rng.choice(EVENTS), round(self.rng.uniform(-30, 30), 3))
        if self.rng.random() < REPORT_SHARE:
            self.report(self.rng.choice(REPORTS))


class LoggedPage(RandomPage):
    """A page that logs everything it sent.

    `errors`: what the site refused. `ended_with`: the close codes of its sockets.
    """

    outbox: SentLog

    def __init__(
        self, visitor: Visitor, unit: UUID, *, rng: Random, beat_s: float = BEAT_S
    ) -> None:
        super().__init__(visitor, unit, rng=rng, beat_s=beat_s)
        self.outbox = SentLog()
        self.ended_with: list[int] = []
        self.errors: list[Mapping[str, Any]] = []

    async def open(self) -> None:
        await super().open()
        self.outbox.sitting = self.sitting

    def _hear_ack(self, message: Mapping[str, Any]) -> None:
        if "id" in message:
            self.outbox.acknowledged_texts.add(message["id"])
        super()._hear_ack(message)

    def _hear_error(self, message: Mapping[str, Any]) -> None:
        self.errors.append(message)
        super()._hear_error(message)

    def _note_end(self, socket: ClientConnection) -> None:
        super()._note_end(socket)
        self.ended_with.append(socket.close_code or 1006)
