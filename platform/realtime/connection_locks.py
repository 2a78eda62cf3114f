"""One socket per Sitting, and one per device token, over all processes, by advisory locks.

The page that holds a seat may take it again with a new socket, if it reconnects before its old
socket has ended. Any other page is refused while the first one stays (rulings 11). A process that
was cut off from the database gives up the seats that others took meanwhile, once it is back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from accounts.sessions.outages import log_outage
from push.per_event_loop import PerLoop
from realtime.batch_loader import BatchLoader
from telemetry.connection import connect

# A host that dies silently keeps its locks until the server notices: by default after two hours.
NOTICE_SILENCE = """SELECT set_config('tcp_keepalives_idle', '1', false),
  set_config('tcp_keepalives_interval', '1', false), set_config('tcp_keepalives_count', '2', false),
  set_config('tcp_user_timeout', '3000', false)"""
# The options of the connection bound how long a check takes (`config.db.database_url`).
CHECK_EVERY_S = 2.0
Evict = Callable[[], Awaitable[None]]
Connection = AsyncConnection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class SocketSeat:
    """A socket's hold on `key`, a Sitting or a device token.

    `evict` closes the socket when its page connects again.
    """

    key: UUID
    page: UUID
    evict: Evict


@dataclass(slots=True)
class SocketSeats:
    """The seats of one process, and the one connection that holds their locks."""

    held: dict[UUID, SocketSeat] = field(default_factory=dict)
    lost: list[SocketSeat] = field(default_factory=list)
    connection: Connection | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    watch: asyncio.Task[None] | None = None
    loader: BatchLoader[SocketSeat, tuple[bool, SocketSeat | None]] = field(init=False)

    def __post_init__(self) -> None:
        self.loader = BatchLoader(self._assign)

    async def take(self, seat: SocketSeat) -> bool:
        """Take the seat; return False while another page or process holds it."""
        free, holder = await self.loader.load(seat)
        if holder is not None:
            await holder.evict()
        await self._evict_lost()
        return free

    async def _assign(
        self, seats: Sequence[SocketSeat]
    ) -> Mapping[SocketSeat, tuple[bool, SocketSeat | None]]:
        """Return for each seat whether it is taken, and the older socket to evict.

        The locks are taken in one query.
        """
        async with self.lock:
            locked = await self._lock({seat.key for seat in seats} - set(self.held))
            found: dict[SocketSeat, tuple[bool, SocketSeat | None]] = {}
            for seat in seats:
                holder = self.held.get(seat.key)
                free = seat.key in locked if holder is None else holder.page == seat.page
                found[seat] = free, holder if free else None
                if free:
                    self.held[seat.key] = seat
            self._start_watch()
        return found

    def holds(self, key: UUID) -> bool:
        """Return whether a socket of this process holds the seat."""
        return key in self.held

    async def leave(self, seat: SocketSeat) -> None:
        """Release the seat, unless another socket has taken it over."""
        async with self.lock:
            if self.held.get(seat.key) is not seat:
                return
            del self.held[seat.key]
            await self._unlock(seat.key)
        await self._evict_lost()

    async def close(self) -> None:
        if self.watch is not None:
            self.watch.cancel()
        await self._disconnect()

    def _start_watch(self) -> None:
        if self.held and (self.watch is None or self.watch.done()):
            self.watch = asyncio.create_task(self._check_often(), name="watch of the seats")

    async def _check_often(self) -> None:
        while self.held:
            await asyncio.sleep(CHECK_EVERY_S)
            await self._check()
            await self._evict_lost()

    async def _check(self) -> None:
        """Notice a lost connection; the next check opens a new one, which locks again."""
        async with self.lock:
            if not self.held:
                return
            try:
                await (await self._connected()).execute("SELECT 1")
            except (psycopg.Error, OSError) as error:
                log_outage(error)
                await self._disconnect()

    async def _disconnect(self) -> None:
        if self.connection is not None:
            await self.connection.close()
        self.connection = None

    async def _lock(self, wanted: Collection[UUID]) -> set[UUID]:
        """Take the locks; return those that no other process holds."""
        return await _try_locks(await self._connected(), wanted) if wanted else set()

    async def _unlock(self, key: UUID) -> None:
        try:
            connection = await self._connected()
            await connection.execute("SELECT pg_advisory_unlock(%s)", [_lock_number(key)])
        except psycopg.Error:
            await self._disconnect()

    async def _connected(self) -> Connection:
        """Return the connection. A new one locks every held seat again."""
        if self.connection is not None and not self.connection.closed:
            return self.connection
        connection = await connect()
        try:
            await connection.execute(NOTICE_SILENCE)
            await self._lock_again(connection)
        except BaseException:
            await connection.close()
            raise
        self.connection = connection
        return connection

    async def _lock_again(self, connection: Connection) -> None:
        if not self.held:
            return
        taken = set(self.held) - await _try_locks(connection, self.held)
        self.lost += [self.held.pop(key) for key in taken]

    async def _evict_lost(self) -> None:
        """Evict the seats that another process took while the connection was lost."""
        lost, self.lost = self.lost, []
        for seat in lost:
            await seat.evict()


async def _try_locks(connection: Connection, wanted: Collection[UUID]) -> set[UUID]:
    by_number = {_lock_number(key): key for key in wanted}
    found = await connection.execute(
        "SELECT n, pg_try_advisory_lock(n) FROM unnest(%s::bigint[]) AS n", [list(by_number)]
    )
    return {by_number[number] for number, locked in await found.fetchall() if locked}


def _lock_number(key: UUID) -> int:
    return int.from_bytes(key.bytes[:8], "big", signed=True)


_of_loop = PerLoop(SocketSeats)


def seats() -> SocketSeats:
    """Return the seats of the running event loop."""
    return _of_loop.current()
