"""One socket a Sitting, and one a token, over all processes: an advisory lock for each here.

The page that holds the seat may take it again with a new socket (a reconnect that overtook the
old one's end); any other page is refused while the first stays (rulings 11).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from push.per_event_loop import PerLoop
from realtime.batch_loader import Gathered
from telemetry.connection import connect

Evict = Callable[[], Awaitable[None]]
Connection = AsyncConnection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Seat:
    """A socket's hold on its `own`, a Sitting or a token; `evict` closes the socket when its page
    comes anew."""

    own: UUID
    page: UUID
    evict: Evict


@dataclass(slots=True)
class Seats:
    """The seats of one process, and the one connection that holds their locks."""

    held: dict[UUID, Seat] = field(default_factory=dict)
    lost: list[Seat] = field(default_factory=list)
    connection: Connection | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    taking: Gathered[Seat, tuple[bool, Seat | None]] = field(init=False)

    def __post_init__(self) -> None:
        self.taking = Gathered(self._seat)

    async def take(self, seat: Seat) -> bool:
        """Sit down; False while another page sits here, or anybody in another process."""
        free, holder = await self.taking.ask(seat)
        if holder is not None:
            await holder.evict()
        await self._evict_lost()
        return free

    async def _seat(self, asked: Sequence[Seat]) -> Mapping[Seat, tuple[bool, Seat | None]]:
        """Of each whether it sits, and who makes room for it; their locks are taken at once."""
        async with self.turn:
            locked = await self._lock({seat.own for seat in asked} - set(self.held))
            found: dict[Seat, tuple[bool, Seat | None]] = {}
            for seat in asked:
                holder = self.held.get(seat.own)
                free = seat.own in locked if holder is None else holder.page == seat.page
                found[seat] = free, holder if free else None
                if free:
                    self.held[seat.own] = seat
        return found

    def holds(self, own: UUID) -> bool:
        """Whether a socket of this very process sits here."""
        return own in self.held

    async def leave(self, seat: Seat) -> None:
        """Stand up, unless the seat was taken over meanwhile."""
        async with self.turn:
            if self.held.get(seat.own) is not seat:
                return
            del self.held[seat.own]
            await self._unlock(seat.own)
        await self._evict_lost()

    async def close(self) -> None:
        if self.connection is not None:
            await self.connection.close()
        self.connection = None

    async def _lock(self, wanted: Collection[UUID]) -> set[UUID]:
        """Those of which nobody else has the lock."""
        return await _locked(await self._connected(), wanted) if wanted else set()

    async def _unlock(self, own: UUID) -> None:
        try:
            connection = await self._connected()
            await connection.execute("SELECT pg_advisory_unlock(%s)", [_number(own)])
        except psycopg.Error:
            await self.close()

    async def _connected(self) -> Connection:
        """The connection; after it was lost, a new one that locks again what is held here."""
        if self.connection is not None and not self.connection.closed:
            return self.connection
        connection = await connect()
        try:
            await self._lock_again(connection)
        except BaseException:
            await connection.close()
            raise
        self.connection = connection
        return connection

    async def _lock_again(self, connection: Connection) -> None:
        if not self.held:
            return
        taken = set(self.held) - await _locked(connection, self.held)
        self.lost += [self.held.pop(own) for own in taken]

    async def _evict_lost(self) -> None:
        """Send those away whose seat another process took while no lock held it."""
        lost, self.lost = self.lost, []
        for seat in lost:
            await seat.evict()


async def _locked(connection: Connection, wanted: Collection[UUID]) -> set[UUID]:
    by_number = {_number(own): own for own in wanted}
    found = await connection.execute(
        "SELECT n, pg_try_advisory_lock(n) FROM unnest(%s::bigint[]) AS n", [list(by_number)]
    )
    return {by_number[number] for number, locked in await found.fetchall() if locked}


def _number(own: UUID) -> int:
    return int.from_bytes(own.bytes[:8], "big", signed=True)


_of_loop = PerLoop(Seats)


def seats() -> Seats:
    """The seats of the running process (of its event loop)."""
    return _of_loop.current()
