"""Whose turn it is among requests: three at a time; while this event loop or that of the sockets'
process comes late to its work, one at a time after a rest, so that sockets are heard while a class
opens its lesson together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf
from time import monotonic
from typing import Final

# Threads share one interpreter, and beyond a few they finish no page sooner.
AT_ONCE: Final = 3
LOOK_S: Final = 0.1
# The loop is late where it comes so long after the moment it was to come.
LATE_S: Final = 0.05
LONGEST_REST_S: Final = 0.25


class Lateness:
    """How late the loop is that looks every LOOK_S; that it was is forgotten by halves."""

    def __init__(self) -> None:
        self.late_s, self.due = 0.0, inf

    def look(self) -> None:
        now = monotonic()
        self.late_s = max(now - self.due, self.late_s / 2)
        self.due = now + LOOK_S


class Heard:
    """How late the loop of another process is, by its own word or by its silence; 0 without one."""

    def __init__(self) -> None:
        self.told_s, self.at = 0.0, inf

    def hear(self, late_s: float) -> None:
        self.told_s, self.at = late_s, monotonic()

    @property
    def late_s(self) -> float:
        return max(self.told_s, monotonic() - self.at - LOOK_S)


# Of the one other process that the web program has.
SOCKETS: Final = Heard()


class Turns:
    """Of one event loop; made while it runs."""

    def __init__(self) -> None:
        self.turns, self.alone = asyncio.Semaphore(AT_ONCE), asyncio.Lock()
        self.own = Lateness()
        self._look()

    @property
    def late_s(self) -> float:
        """Of the later one of both loops."""
        return max(self.own.late_s, SOCKETS.late_s)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for it; who came first goes first."""
        async with self.turns:
            if self.late_s <= LATE_S:
                yield
                return
            async with self.alone:
                await asyncio.sleep(min(self.late_s, LONGEST_REST_S))
                yield

    def _look(self) -> None:
        self.own.look()
        asyncio.get_running_loop().call_later(LOOK_S, self._look)
