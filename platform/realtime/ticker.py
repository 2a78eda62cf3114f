"""Remind the pipeline each second that Windows are due, while sockets of this process are open."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pipeline
from push.per_event_loop import PerLoop

EVERY_S = 1.0


@dataclass(slots=True)
class Ticker:
    """A timer that runs only while sockets are open. A lost tick delays work until the sweep."""

    listeners: int = 0
    task: asyncio.Task[None] | None = None

    def join(self) -> None:
        self.listeners += 1
        if self.task is None:
            self.task = asyncio.create_task(self._run(), name="pipeline ticker")

    def leave(self) -> None:
        self.listeners -= 1
        if self.listeners == 0 and self.task is not None:
            self.task.cancel()
            self.task = None

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            pipeline.wake()


_of_loop = PerLoop(Ticker)


def ticker() -> Ticker:
    """Return the ticker of the running event loop."""
    return _of_loop.current()
