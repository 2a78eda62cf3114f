"""Batch the queries that many sockets make at about the same moment into one call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from channels.db import database_sync_to_async

from push.per_event_loop import PerLoop

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
MAX_BATCH: Final = 250
# Calls within this time share one query.
COLLECT_S: Final = 0.02


@dataclass(slots=True)
class BatchLoader(Generic[Key, Value]):
    """Collect keys for a short time and load them with one call of `fetch`.

    Requests made during a call go into the next batch. If `fetch` raises, every caller of that
    batch gets the exception. `fetch` must return a value for every key.
    """

    fetch: Callable[[list[Key]], Awaitable[Mapping[Key, Value]]]
    waiting: dict[Key, asyncio.Future[Value]] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None

    async def load(self, key: Key) -> Value:
        future = self.waiting.get(key)
        if future is None:
            future = self.waiting[key] = asyncio.get_running_loop().create_future()
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._run(), name="batched queries")
        return await asyncio.shield(future)

    async def _run(self) -> None:
        while self.waiting:
            await asyncio.sleep(COLLECT_S)
            batch = dict(list(self.waiting.items())[:MAX_BATCH])
            for key in batch:
                del self.waiting[key]
            try:
                found = await self.fetch(list(batch))
            except Exception as error:  # noqa: BLE001  # raised to every caller of the batch
                _fail(batch, error)
            else:
                for key, future in batch.items():
                    future.set_result(found[key])


def batch_queries(
    fetch: Callable[[list[Key]], Mapping[Key, Value]], *, thread_sensitive: bool = True
) -> Callable[[Key], Awaitable[Value]]:
    """Return a coroutine function that batches its calls into one database query.

    Each event loop has its own batches.
    """
    query = database_sync_to_async(fetch, thread_sensitive=thread_sensitive)
    loaders: PerLoop[BatchLoader[Key, Value]] = PerLoop(lambda: BatchLoader(query))

    async def load(key: Key) -> Value:
        return await loaders.current().load(key)

    return load


def _fail(batch: Mapping[Key, asyncio.Future[Value]], error: Exception) -> None:
    for future in batch.values():
        future.set_exception(error)
