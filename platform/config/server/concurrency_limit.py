"""Limits concurrent requests to three; to one, with a pause, while an event loop is lagging.

Lag is measured for this event loop and that of the sockets' process. So sockets stay responsive
while a class opens its lesson together.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf
from time import monotonic
from typing import Final

# Threads share one interpreter; more of them finish no page sooner.
AT_ONCE: Final = 3
CHECK_INTERVAL_S: Final = 0.1
# A loop that wakes up later than this is lagging.
LATE_S: Final = 0.05
LONGEST_REST_S: Final = 0.25


class LoopLag:
    """The lag of a loop that is measured every CHECK_INTERVAL_S; it decays by halves."""

    def __init__(self) -> None:
        self.late_s, self.due = 0.0, inf

    def measure(self) -> None:
        now = monotonic()
        self.late_s = max(now - self.due, self.late_s / 2)
        self.due = now + CHECK_INTERVAL_S


class ReportedLag:
    """The lag of another process's loop, as it reports it or by its silence; 0 without one."""

    def __init__(self) -> None:
        self.reported_s, self.at = 0.0, inf

    def report(self, late_s: float) -> None:
        self.reported_s, self.at = late_s, monotonic()

    @property
    def late_s(self) -> float:
        return max(self.reported_s, monotonic() - self.at - CHECK_INTERVAL_S)


# The lag of the web program's one other process.
SOCKETS_LAG: Final = ReportedLag()


class RequestSlots:
    """The request slots of one event loop; created while it runs."""

    def __init__(self) -> None:
        self.turns, self.alone = asyncio.Semaphore(AT_ONCE), asyncio.Lock()
        self.own = LoopLag()
        self._measure()

    @property
    def late_s(self) -> float:
        """Return the larger lag of both loops."""
        return max(self.own.late_s, SOCKETS_LAG.late_s)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a slot, first come, first served."""
        async with self.turns:
            if self.late_s <= LATE_S:
                yield
                return
            async with self.alone:
                await asyncio.sleep(min(self.late_s, LONGEST_REST_S))
                yield

    def _measure(self) -> None:
        self.own.measure()
        asyncio.get_running_loop().call_later(CHECK_INTERVAL_S, self._measure)
