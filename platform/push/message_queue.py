"""What waits for the one reader of a socket, oldest first.

As `asyncio.Queue`, which may have many readers and writers and keeps four deques for them: of two a
socket, 7 KB in a process that holds a thousand.
"""

from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Inbox(Generic[Item]):
    """Of one event loop."""

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
        """The oldest; RuntimeError where another reader waits for it already."""
        if self._reader is not None:
            raise RuntimeError("expected one reader of an inbox")
        while not self._waiting:
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        return self._waiting.pop(0)
