"""A queue for the one reader of a socket, oldest message first.

Like `asyncio.Queue`, which supports many readers and writers and needs four deques for it. With two
per socket, this saves 7 KB each in a process with a thousand sockets.
"""

from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Inbox(Generic[Item]):
    """A queue with one reader, for one event loop."""

    __slots__ = ("_reader", "_waiting")

    def __init__(self) -> None:
        self._waiting: list[Item] = []
        self._reader: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def empty(self) -> bool:
        return not self._waiting

    def put_nowait(self, item: Item) -> None:
        self._waiting.append(item)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def clear(self) -> None:
        self._waiting.clear()

    async def get(self) -> Item:
        """Return the oldest item, waiting if needed. Raises RuntimeError for a second reader."""
        if self._reader is not None:
            raise RuntimeError("expected one reader of an inbox")
        while not self._waiting:
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        return self._waiting.pop(0)
