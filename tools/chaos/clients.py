"""Simulated pages for fault injection: ten beats a second, random Blocks, and a log of all sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any
from uuid import UUID

import numpy as np

from attune_client.blocks import BlockRows
from attune_client.outbox import Outbox
from demo.simulated_learners.http_client import Visitor
from demo.simulated_learners.learner_page import LearnerPage
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

    def second(self, second: int) -> Iterator[BlockRows]:
        """Yield the Blocks of one beat."""
        t0 = second * self.beat_s
        for name, every_s in EVERY_S.items():
            if second % max(1, round(every_s / self.beat_s)) == 0:
                yield self._block(name, t0, max(every_s, self.beat_s))

    def state(self, second: float) -> str:  # noqa: ARG002
        return ""

    def _block(self, name: str, t0: float, seconds: float) -> BlockRows:
        known = stream(name)
        rate_hz = known.rate_hz or 1.0
        rows, channels = max(1, round(rate_hz * seconds)), len(known.channels)
        values = self.chance.random((rows, channels), dtype=np.float32)
        return BlockRows(name, t0, rate_hz, values)


class RandomPage(LearnerPage):
    """A page that sends random Blocks from its first welcome on, and random events and reports."""

    def __init__(
        self,
        visitor: Visitor,
        unit: UUID,
        *,
        rng: Random,
        beat_s: float = BEAT_S,
        outbox: Outbox | None = None,
    ) -> None:
        sensors = RandomSensors(beat_s, rng.getrandbits(64))
        super().__init__(visitor, unit, sensors, rng=rng, outbox=outbox)
        self.beat_s = beat_s

    def on_message(self, message: Mapping[str, Any]) -> None:
        super().on_message(message)
        if message["type"] == "welcome":
            self.captured = self.captured or int(self.now() / self.beat_s)

    def collect(self) -> None:
        now = int(self.now() / self.beat_s)
        if abs(now - self.captured) * self.beat_s > FAR_S:
            # The clock was changed; the time in between was not sensed.
            self.captured = now
        before = self.captured
        super().collect()
        if self.captured > max(before, 0):
            self._act()

    def _act(self) -> None:
        if self.rng.random() < EVENT_SHARE:
            self.event(self.rng.choice(EVENTS), round(self.rng.uniform(-30, 30), 3))
        if self.rng.random() < REPORT_SHARE:
            self.report(self.rng.choice(REPORTS))


class LoggedPage(RandomPage):
    """A page that logs everything it sent.

    `errors`: what the site refused. `ended_with`: the codes with which the site closed.
    """

    outbox: SentLog

    def __init__(
        self, visitor: Visitor, unit: UUID, *, rng: Random, beat_s: float = BEAT_S
    ) -> None:
        super().__init__(visitor, unit, rng=rng, beat_s=beat_s, outbox=SentLog())
        self.ended_with: list[int] = []
        self.errors: list[Mapping[str, Any]] = []

    async def open(self) -> None:
        await super().open()
        self.outbox.sitting = self.sitting

    def on_message(self, message: Mapping[str, Any]) -> None:
        super().on_message(message)
        if message["type"] == "error":
            self.errors.append(message)

    def on_close(self, code: int) -> None:
        if not self.done:
            self.ended_with.append(code)
