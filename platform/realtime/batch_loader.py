"""Questions that many sockets ask at about the same moment, answered by one look for all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from channels.db import database_sync_to_async

from push.per_event_loop import PerLoop

About = TypeVar("About", bound=Hashable)
Answer = TypeVar("Answer")
MOST_AT_ONCE: Final = 250
# Who asks within this time is answered by one look.
GATHER_S: Final = 0.02


@dataclass(slots=True)
class Gathered(Generic[About, Answer]):
    """Whoever asks while a `look` is under way waits for the next; what it raises, all hear who
    asked. It answers each that it is given."""

    look: Callable[[list[About]], Awaitable[Mapping[About, Answer]]]
    waiting: dict[About, asyncio.Future[Answer]] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None

    async def ask(self, about: About) -> Answer:
        asked = self.waiting.get(about)
        if asked is None:
            asked = self.waiting[about] = asyncio.get_running_loop().create_future()
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._answer(), name="gathered questions")
        return await asyncio.shield(asked)

    async def _answer(self) -> None:
        while self.waiting:
            await asyncio.sleep(GATHER_S)
            batch = dict(list(self.waiting.items())[:MOST_AT_ONCE])
            for about in batch:
                del self.waiting[about]
            try:
                found = await self.look(list(batch))
            except Exception as error:  # noqa: BLE001  # handed on to everybody who asked
                _fail(batch, error)
            else:
                for about, asked in batch.items():
                    asked.set_result(found[about])


def visiting(
    look: Callable[[list[About]], Mapping[About, Answer]], *, thread_sensitive: bool = True
) -> Callable[[About], Awaitable[Answer]]:
    """Asks for all of one moment by one visit to the database; on each event loop for itself."""
    visit = database_sync_to_async(look, thread_sensitive=thread_sensitive)
    of_loop: PerLoop[Gathered[About, Answer]] = PerLoop(lambda: Gathered(visit))

    async def ask(about: About) -> Answer:
        return await of_loop.current().ask(about)

    return ask


def _fail(batch: Mapping[About, asyncio.Future[Answer]], error: Exception) -> None:
    for asked in batch.values():
        asked.set_exception(error)
