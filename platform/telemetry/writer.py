"""The writer of one process: one task, one connection, Blocks of all sockets in group commits.

It never ends by itself, and no answer waits for more than its commit. What it cannot store it says
(FAILED), so that the sockets close and the pages send again; a lost connection is made anew and the
same group runs once more, which the primary key makes harmless.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple
from uuid import UUID

import psycopg
from psycopg.errors import InvalidAuthorizationSpecification

from push.per_loop import PerLoop
from telemetry import partitions, windows
from telemetry.connection import connect
from telemetry.group_commit import Connection, Fate, Row, commit

logger = logging.getLogger(__name__)
# Small enough that answers of one group go out while the next is being stored; where many wait,
# a quarter of them: what a commit costs besides its rows is then shared by more.
GROUP, LARGEST_GROUP, PARTS = 250, 1_000, 4
# A group smaller than this waits so long for more: each commit costs the disk and two processes.
SMALL_GROUP, GATHER_S = 100, 0.03
LONGEST_QUEUE = 10_000
TRIES = 5
# While Blocks wait for their commit, the Windows of those before them may wait this long.
WINDOWS_EVERY_S = 0.2
MOST_SITTINGS = 50
FIRST_PAUSE_S = 0.1
Settle = Callable[[Row, Fate], None]


class Waiting(NamedTuple):
    """A row, whom to tell, when it came, and the time its Windows are kept alive from."""

    row: Row
    settle: Settle
    since: float
    alive: float | None


@dataclass(slots=True)
class Writer:
    """Put rows in; each is answered by its `settle` after the commit it was part of."""

    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    queue: list[Waiting] = field(default_factory=list)
    group: Sequence[Waiting] = ()
    alive: set[tuple[UUID, float]] = field(default_factory=set)
    windows_at: float = 0.0
    busy: bool = False
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    room: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    connection: Connection | None = None

    def put(self, row: Row, settle: Settle, alive: float | None = None) -> None:
        self.queue.append(Waiting(row, settle, self.loop.time(), alive))
        self.ready.set()
        if self.task is None or self.task.done():
            self.task = self.loop.create_task(self._run(), name="block writer")

    async def wait_for_room(self) -> None:
        """Return at once, unless more waits than the database takes in a moment."""
        while len(self.queue) > LONGEST_QUEUE:
            self.room.clear()
            await self.room.wait()

    def age(self, now: float) -> float:
        """How long the oldest row has been waiting, in seconds; 0 while none waits."""
        waiting = self.group or self.queue
        return now - waiting[0].since if waiting else 0.0

    async def close(self) -> None:
        """Store what waits, then let the connection go."""
        while (self.queue or self.busy) and self.task is not None and not self.task.done():
            await asyncio.sleep(0.01)
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        await self._disconnect()

    async def _run(self) -> None:
        while True:
            await self.ready.wait()
            self.busy = True
            if len(self.queue) < SMALL_GROUP:
                await asyncio.sleep(GATHER_S)
            size = min(LARGEST_GROUP, max(GROUP, len(self.queue) // PARTS))
            group, self.queue = self.queue[:size], self.queue[size:]
            if not self.queue:
                self.ready.clear()
            self.room.set()
            await self._serve(group)
            await self._keep_alive()
            self.busy = False

    async def _serve(self, group: Sequence[Waiting]) -> None:
        """Store and answer; where this very task is ended, the answer is FAILED."""
        self.group = group
        fates = [Fate.FAILED] * len(group)
        try:
            fates = await self._store([each.row for each in group])
        finally:
            self.group = ()
            self._answer(group, fates)

    def _answer(self, group: Sequence[Waiting], fates: Sequence[Fate]) -> None:
        for each, fate in zip(group, fates, strict=True):
            if each.alive is not None and fate is Fate.STORED:
                self.alive.add((each.row.sitting, each.alive))
            try:
                each.settle(each.row, fate)
            except Exception:
                logger.exception("blocks.answer_failed")

    async def _store(self, rows: Sequence[Row]) -> list[Fate]:
        """The group at once; where one row spoils it for the others, each for itself."""
        try:
            return await self._try(rows)
        except psycopg.Error as error:
            logger.warning("blocks.group_failed", extra={"sqlstate": error.sqlstate})
        except Exception:
            logger.exception("blocks.group_failed")
        if len(rows) == 1:
            return [Fate.FAILED]
        return [fate for row in rows for fate in await self._store([row])]

    async def _try(self, rows: Sequence[Row]) -> list[Fate]:
        for attempt in range(TRIES):
            try:
                return await commit(await self._connected(), rows)
            except InvalidAuthorizationSpecification:
                if len(rows) == 1:
                    return [Fate.NO_GRANT]
                raise
            except psycopg.OperationalError:
                await self._disconnect()
                if attempt == TRIES - 1:
                    break
                await asyncio.sleep(FIRST_PAUSE_S * 2**attempt)
        return [Fate.FAILED] * len(rows)

    async def _keep_alive(self) -> None:
        """Stored Blocks keep the Windows of their Sitting falling due; the next try is soon. While
        Blocks wait, few at a time: the first of a Sitting makes a minute's Windows."""
        while self.alive and not (self.queue and self.loop.time() < self.windows_at):
            part = set(islice(self.alive, MOST_SITTINGS))
            self.alive -= part
            if not self.alive:
                self.windows_at = self.loop.time() + WINDOWS_EVERY_S
            await self._fall_due(part)
            if self.queue:
                return

    async def _fall_due(self, alive: Collection[tuple[UUID, float]]) -> None:
        try:
            await windows.fall_due_many(await self._connected(), alive)
        except psycopg.Error as error:
            logger.warning("blocks.windows_failed", extra={"sqlstate": error.sqlstate})
            await self._disconnect()
        except Exception:
            logger.exception("blocks.windows_failed")
            await self._disconnect()

    async def _connected(self) -> Connection:
        if self.connection is None or self.connection.closed:
            self.connection = await connect()
            await partitions.open_ahead(self.connection)
        return self.connection

    async def _disconnect(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            await connection.close()


_of_loop = PerLoop(Writer)


def writer() -> Writer:
    """The writer of the running process (of its event loop)."""
    return _of_loop.here()
