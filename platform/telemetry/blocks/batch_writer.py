"""The Block writer of a process: group commits for all sockets, at most two groups at a time.

It never ends by itself, and no answer waits for more than its commit. After a lost connection it
reconnects and runs the same group again, which the primary key makes harmless. Blocks it cannot
store are answered FAILED, so that the sockets close and the pages send again; one bad Block does
not affect the others.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import inf
from typing import NamedTuple
from uuid import UUID

import psycopg
from psycopg.errors import InvalidAuthorizationSpecification

from push.per_event_loop import PerLoop
from telemetry import windows
from telemetry.blocks import partitions
from telemetry.blocks.group_commit import BlockRow, Connection, Fate, commit
from telemetry.connection import connect

logger = logging.getLogger(__name__)
# Small enough that answers of one group go out while the next is being stored. Where many wait, a
# quarter of them, so that more rows share the fixed cost of a commit.
GROUP, LARGEST_GROUP, PARTS = 250, 1_000, 4
# A group smaller than this waits this long for more, because each commit has a fixed cost.
SMALL_GROUP, GATHER_S = 100, 0.03
# Where this many wait, a second group is stored in parallel: on a busy machine a commit takes a
# tenth of a second, mostly waiting. Two groups, so that one is left for the first lane.
CROWD = 2 * GROUP
LONGEST_QUEUE = 10_000
TRIES = 5
FIRST_PAUSE_S = 0.1
# While Blocks wait for their commit, the Windows of those before them may wait this long.
WINDOWS_EVERY_S = 0.2
MOST_SITTINGS = 50
Settle = Callable[[BlockRow, Fate], None]


class WaitingBlock(NamedTuple):
    """A row, its callback, when it came, and the time from which its Windows are due."""

    row: BlockRow
    settle: Settle
    since: float
    alive: float | None


@dataclass(slots=True)
class CommitLane:
    """Commits one group at a time, whenever `sign` is set; `since` is the time of its oldest row.

    It connects at its first use, and again after each loss.
    """

    sign: asyncio.Event = field(default_factory=asyncio.Event)
    connection: Connection | None = None
    since: float = inf
    busy: bool = False
    task: asyncio.Task[None] | None = None

    async def store(self, rows: Sequence[BlockRow]) -> list[Fate]:
        """Store the group at once; if one row fails it, each row for itself."""
        try:
            return await self._commit_with_retries(rows)
        except psycopg.Error as error:
            logger.warning("blocks.group_failed", extra={"sqlstate": error.sqlstate})
        except Exception:
            logger.exception("blocks.group_failed")
        if len(rows) == 1:
            return [Fate.FAILED]
        return [fate for row in rows for fate in await self.store([row])]

    async def _commit_with_retries(self, rows: Sequence[BlockRow]) -> list[Fate]:
        for attempt in range(TRIES):
            try:
                return await commit(await self.connected(), rows)
            except InvalidAuthorizationSpecification:
                if len(rows) == 1:
                    return [Fate.NO_GRANT]
                raise
            except psycopg.OperationalError:
                await self.close()
                if attempt == TRIES - 1:
                    break
                await asyncio.sleep(FIRST_PAUSE_S * 2**attempt)
        return [Fate.FAILED] * len(rows)

    async def fall_due(self, alive: Collection[tuple[UUID, float]]) -> None:
        try:
            await windows.fall_due_many(await self.connected(), alive)
        except psycopg.Error as error:
            logger.warning("blocks.windows_failed", extra={"sqlstate": error.sqlstate})
            await self.close()
        except Exception:
            logger.exception("blocks.windows_failed")
            await self.close()

    async def connected(self) -> Connection:
        if self.connection is None or self.connection.closed:
            self.connection = await connect()
            await partitions.open_ahead(self.connection)
        return self.connection

    async def close(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            await connection.close()


@dataclass(slots=True)
class BlockWriter:
    """Accepts rows; each is answered by its `settle` after its commit."""

    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    queue: list[WaitingBlock] = field(default_factory=list)
    alive: set[tuple[UUID, float]] = field(default_factory=set)
    windows_at: float = 0.0
    always: CommitLane = field(default_factory=CommitLane)
    crowded: CommitLane = field(default_factory=CommitLane)
    room: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, row: BlockRow, settle: Settle, alive: float | None = None) -> None:
        self.queue.append(WaitingBlock(row, settle, self.loop.time(), alive))
        self.always.sign.set()
        if len(self.queue) >= CROWD:
            self.crowded.sign.set()
        if self.always.task is None or self.always.task.done():
            self._start_tasks()

    async def wait_for_room(self) -> None:
        """Return at once, unless more rows wait than the database stores in a moment."""
        while len(self.queue) > LONGEST_QUEUE:
            self.room.clear()
            await self.room.wait()

    def age(self, now: float) -> float:
        """Return how long the oldest row has been waiting, in seconds; 0 if none waits."""
        first = self.queue[0].since if self.queue else now
        return now - min(first, self.always.since, self.crowded.since)

    async def close(self) -> None:
        """Store the waiting rows, then close the connections."""
        while self._has_work():
            await asyncio.sleep(0.01)
        tasks = [lane.task for lane in self._lanes if lane.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for lane in self._lanes:
            await lane.close()

    @property
    def _lanes(self) -> tuple[CommitLane, CommitLane]:
        return self.always, self.crowded

    def _has_work(self) -> bool:
        """Return whether a running lane still has something to do."""
        if self.always.task is None or self.always.task.done():
            return False
        return bool(self.queue) or self.always.busy or self.crowded.busy

    def _start_tasks(self) -> None:
        for lane in self._lanes:
            if lane.task is None or lane.task.done():
                lane.task = self.loop.create_task(self._run(lane), name="block writer")

    async def _run(self, lane: CommitLane) -> None:
        while True:
            while not lane.sign.is_set():
                await lane.sign.wait()
            lane.busy = True
            try:
                if len(self.queue) < SMALL_GROUP:
                    await asyncio.sleep(GATHER_S)
                await self._store_group(lane, self._next_group())
                await self._keep_alive(lane)
            finally:
                lane.busy = False

    def _next_group(self) -> Sequence[WaitingBlock]:
        size = min(LARGEST_GROUP, max(GROUP, len(self.queue) // PARTS))
        group, self.queue = self.queue[:size], self.queue[size:]
        if not self.queue:
            self.always.sign.clear()
        if len(self.queue) < CROWD:
            self.crowded.sign.clear()
        self.room.set()
        return group

    async def _store_group(self, lane: CommitLane, group: Sequence[WaitingBlock]) -> None:
        """Store and answer a group; if this task is cancelled, the answer is FAILED."""
        lane.since = group[0].since
        fates = [Fate.FAILED] * len(group)
        try:
            fates = await lane.store([each.row for each in group])
        finally:
            lane.since = inf
            self._answer(group, fates)

    def _answer(self, group: Sequence[WaitingBlock], fates: Sequence[Fate]) -> None:
        if conflicts := fates.count(Fate.CONFLICT):
            logger.warning("blocks.conflict", extra={"blocks": conflicts})
        for each, fate in zip(group, fates, strict=True):
            if each.alive is not None and fate is Fate.STORED:
                self.alive.add((each.row.sitting, each.alive))
            try:
                each.settle(each.row, fate)
            except Exception:
                logger.exception("blocks.answer_failed")

    async def _keep_alive(self, lane: CommitLane) -> None:
        """Queue the Windows of stored Blocks; a failure is retried with the next Block.

        While Blocks wait only few Sittings are processed at a time, because the first Block of a
        Sitting creates a minute of Windows.
        """
        while self.alive and not (self.queue and self.loop.time() < self.windows_at):
            part = set(islice(self.alive, MOST_SITTINGS))
            self.alive -= part
            if not self.alive:
                self.windows_at = self.loop.time() + WINDOWS_EVERY_S
            await lane.fall_due(part)
            if self.queue:
                return


_of_loop = PerLoop(BlockWriter)


def writer() -> BlockWriter:
    """Return the writer of the running event loop."""
    return _of_loop.current()
