"""Batch the queries that many sockets make at about the same moment into one call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from channels.db import database_sync_to_async

from push.per_event_loop import PerLoop

Key = TypeVar("About", bound=Hashable)
Value = TypeVar("Answer")
MAX_BATCH: Final = 250
# Who asks within this time is answered by one look.
COLLECT_S: Final = 0.02


@dataclass(slots=True)
class BatchLoader(Generic[Key, Value]):
    """Collect keys for a short time and load them with one call of `look`.

    Requests made during a call go into the next batch. If `look` raises, every caller of that batch
    gets the exception. `look` must return a value for every key.
    """

    look: Callable[[list[Key]], Awaitable[Mapping[Key, Value]]]
    waiting: dict[Key, asyncio.Future[Value]] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None

    async def ask(self, about: Key) -> Value:
        asked = self.waiting.get(about)
        if asked is None:
            asked = self.waiting[about] = asyncio.get_running_loop().create_future()
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._answer(), name="gathered questions")
        return await asyncio.shield(asked)

    async def _answer(self) -> None:
        while self.waiting:
            await asyncio.sleep(COLLECT_S)
            batch = dict(list(self.waiting.items())[:MAX_BATCH])
            for about in batch:
                del self.waiting[about]
            try:
                found = await self.look(list(batch))
            except Exception as error:  # noqa: BLE001  # handed on to everybody who asked
                _fail(batch, error)
            else:
                for about, asked in batch.items():
                    asked.set_result(found[about])


def batch_queries(
    look: Callable[[list[Key]], Mapping[Key, Value]], *, thread_sensitive: bool = True
) -> Callable[[Key], Awaitable[Value]]:
    """Return a coroutine function that batches its calls into one database query.

    Each event loop has its own batches.
    """
    visit = database_sync_to_async(look, thread_sensitive=thread_sensitive)
    of_loop: PerLoop[BatchLoader[Key, Value]] = PerLoop(lambda: BatchLoader(visit))

    async def ask(about: Key) -> Value:
        return await of_loop.here().ask(about)

    return ask


def _fail(batch: Mapping[Key, asyncio.Future[Value]], error: Exception) -> None:
    for asked in batch.values():
        asked.set_exception(error)
