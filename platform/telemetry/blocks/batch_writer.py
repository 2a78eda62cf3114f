"""The writer of one process: Blocks of all sockets in group commits, two groups at a time at most.

It never ends by itself, and no answer waits for more than its commit. What it cannot store it says
(FAILED), so that the sockets close and the pages send again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import inf
from typing import NamedTuple
from uuid import UUID

from push.per_event_loop import PerLoop
from telemetry.blocks.commit_connection import Committer
from telemetry.blocks.group_commit import Fate, Row

logger = logging.getLogger(__name__)
# Small enough that answers of one group go out while the next is being stored; where many wait,
# a quarter of them: what a commit costs besides its rows is then shared by more.
GROUP, LARGEST_GROUP, PARTS = 250, 1_000, 4
# A group smaller than this waits so long for more: each commit costs the disk and two processes.
SMALL_GROUP, GATHER_S = 100, 0.03
# Where as many wait, a second group is stored beside the first: on a busy machine a commit takes a
# tenth of a second, most of it waiting for its turn. Two groups, so that one is left to the first.
CROWD = 2 * GROUP
LONGEST_QUEUE = 10_000
# While Blocks wait for their commit, the Windows of those before them may wait this long.
WINDOWS_EVERY_S = 0.2
MOST_SITTINGS = 50
Settle = Callable[[Row, Fate], None]


class Waiting(NamedTuple):
    """A row, whom to tell, when it came, and the time its Windows are kept alive from."""

    row: Row
    settle: Settle
    since: float
    alive: float | None


@dataclass(slots=True)
class Lane:
    """One group at a time, whenever `sign` is set; `since` is the time of its oldest row."""

    sign: asyncio.Event = field(default_factory=asyncio.Event)
    committer: Committer = field(default_factory=Committer)
    since: float = inf
    busy: bool = False
    task: asyncio.Task[None] | None = None


@dataclass(slots=True)
class Writer:
    """Put rows in; each is answered by its `settle` after the commit it was part of."""

    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    queue: list[Waiting] = field(default_factory=list)
    alive: set[tuple[UUID, float]] = field(default_factory=set)
    windows_at: float = 0.0
    always: Lane = field(default_factory=Lane)
    crowded: Lane = field(default_factory=Lane)
    room: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, row: Row, settle: Settle, alive: float | None = None) -> None:
        self.queue.append(Waiting(row, settle, self.loop.time(), alive))
        self.always.sign.set()
        if len(self.queue) >= CROWD:
            self.crowded.sign.set()
        if self.always.task is None or self.always.task.done():
            self._begin()

    async def wait_for_room(self) -> None:
        """Return at once, unless more waits than the database takes in a moment."""
        while len(self.queue) > LONGEST_QUEUE:
            self.room.clear()
            await self.room.wait()

    def age(self, now: float) -> float:
        """How long the oldest row has been waiting, in seconds; 0 while none waits."""
        first = self.queue[0].since if self.queue else now
        return now - min(first, self.always.since, self.crowded.since)

    async def close(self) -> None:
        """Store what waits, then let the connections go."""
        while self._owes():
            await asyncio.sleep(0.01)
        tasks = [lane.task for lane in self._lanes if lane.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for lane in self._lanes:
            await lane.committer.close()

    @property
    def _lanes(self) -> tuple[Lane, Lane]:
        return self.always, self.crowded

    def _owes(self) -> bool:
        """Whether a lane that still runs has something left to do."""
        if self.always.task is None or self.always.task.done():
            return False
        return bool(self.queue) or self.always.busy or self.crowded.busy

    def _begin(self) -> None:
        for lane in self._lanes:
            if lane.task is None or lane.task.done():
                lane.task = self.loop.create_task(self._run(lane), name="block writer")

    async def _run(self, lane: Lane) -> None:
        while True:
            while not lane.sign.is_set():
                await lane.sign.wait()
            lane.busy = True
            try:
                if len(self.queue) < SMALL_GROUP:
                    await asyncio.sleep(GATHER_S)
                await self._serve(lane, self._next_group())
                await self._keep_alive(lane.committer)
            finally:
                lane.busy = False

    def _next_group(self) -> Sequence[Waiting]:
        size = min(LARGEST_GROUP, max(GROUP, len(self.queue) // PARTS))
        group, self.queue = self.queue[:size], self.queue[size:]
        if not self.queue:
            self.always.sign.clear()
        if len(self.queue) < CROWD:
            self.crowded.sign.clear()
        self.room.set()
        return group

    async def _serve(self, lane: Lane, group: Sequence[Waiting]) -> None:
        """Store and answer; where this very task is ended, the answer is FAILED."""
        lane.since = group[0].since
        fates = [Fate.FAILED] * len(group)
        try:
            fates = await lane.committer.store([each.row for each in group])
        finally:
            lane.since = inf
            self._answer(group, fates)

    def _answer(self, group: Sequence[Waiting], fates: Sequence[Fate]) -> None:
        if conflicts := fates.count(Fate.CONFLICT):
            logger.warning("blocks.conflict", extra={"blocks": conflicts})
        for each, fate in zip(group, fates, strict=True):
            if each.alive is not None and fate is Fate.STORED:
                self.alive.add((each.row.sitting, each.alive))
            try:
                each.settle(each.row, fate)
            except Exception:
                logger.exception("blocks.answer_failed")

    async def _keep_alive(self, committer: Committer) -> None:
        """Stored Blocks keep the Windows of their Sitting falling due; the next try is soon. While
        Blocks wait, few at a time: the first of a Sitting makes a minute's Windows."""
        while self.alive and not (self.queue and self.loop.time() < self.windows_at):
            part = set(islice(self.alive, MOST_SITTINGS))
            self.alive -= part
            if not self.alive:
                self.windows_at = self.loop.time() + WINDOWS_EVERY_S
            await committer.fall_due(part)
            if self.queue:
                return


_of_loop = PerLoop(Writer)


def writer() -> Writer:
    """The writer of the running process (of its event loop)."""
    return _of_loop.current()
