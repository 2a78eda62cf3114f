"""One socket per Sitting over all processes, also after the lock connection broke."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import asynccontextmanager

import pytest
from channels.db import database_sync_to_async
from django.db import connection
from psycopg import AsyncConnection, OperationalError

from realtime import connection_locks
from realtime.connection_locks import SocketSeat, SocketSeats

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


class Sitter:
    """A page with a seat; it counts its evictions."""

    def __init__(self):
        self.evicted = 0
        self.seat = SocketSeat(uuid.uuid4(), uuid.uuid4(), self.evict)

    async def evict(self):
        self.evicted += 1


@asynccontextmanager
async def processes(count):
    found = [SocketSeats() for _ in range(count)]
    yield found
    for each in found:
        await each.close()


async def end_connection(seats):
    def terminate():
        with connection.as_owner(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [seats.connection.info.backend_pid])
        connection.close()

    await database_sync_to_async(terminate)()


async def break_connection(seats):
    await end_connection(seats)
    await seats.connection.close()


async def test_a_seat_is_held_against_another_process_until_it_is_left():
    async with processes(2) as (here, there):
        sitter = Sitter()
        assert await here.take(sitter.seat)
        assert not await there.take(sitter.seat)
        await here.leave(sitter.seat)
        assert await there.take(sitter.seat)


async def test_after_a_lost_connection_the_seats_are_locked_again():
    async with processes(2) as (here, there):
        sitter, other = Sitter(), Sitter()
        await here.take(sitter.seat)
        await break_connection(here)
        assert await here.take(other.seat)
        assert not await there.take(sitter.seat)
        assert sitter.evicted == 0


async def test_a_seat_taken_by_another_process_is_released_here():
    async with processes(2) as (here, there):
        lost, kept, other = Sitter(), Sitter(), Sitter()
        await here.take(lost.seat)
        await here.take(kept.seat)
        await break_connection(here)
        for _ in range(50):
            if await there.take(lost.seat):
                break
            await asyncio.sleep(0.1)
        assert await here.take(other.seat)
        assert (lost.evicted, kept.evicted, other.evicted) == (1, 0, 0)
        assert not here.holds(lost.seat.key)
        assert here.holds(kept.seat.key)
        await here.leave(lost.seat)
        assert not await here.take(lost.seat)


async def test_leaving_finds_the_lost_seats_too():
    async with processes(2) as (here, there):
        lost, kept = Sitter(), Sitter()
        await here.take(lost.seat)
        await here.take(kept.seat)
        await break_connection(here)
        for _ in range(50):
            if await there.take(lost.seat):
                break
            await asyncio.sleep(0.1)
        await here.leave(kept.seat)
        assert lost.evicted == 1


@pytest.fixture
def quick_checks(monkeypatch):
    monkeypatch.setattr(connection_locks, "CHECK_EVERY_S", 0.05)


async def wait_until(found):
    async with asyncio.timeout(5):
        while not found():
            await asyncio.sleep(0.02)


async def test_a_process_that_was_cut_off_gives_up_lost_seats_without_being_asked(quick_checks):
    async with processes(2) as (here, there):
        lost, kept = Sitter(), Sitter()
        await here.take(lost.seat)
        await here.take(kept.seat)
        # Nothing gets through from here until the other process has the seat.
        async with here.lock:
            await break_connection(here)
            async with asyncio.timeout(5):
                while not await there.take(lost.seat):
                    await asyncio.sleep(0.05)
        await wait_until(lambda: lost.evicted)
        assert (lost.evicted, kept.evicted) == (1, 0)
        assert not here.holds(lost.seat.key)
        assert not await there.take(kept.seat)


async def test_a_connection_that_the_server_ends_is_opened_again_without_being_asked(
    quick_checks, monkeypatch
):
    refused, connect = [], connection_locks.connect

    async def refuse_twice():
        if len(refused) < 2:
            refused.append(1)
            raise OperationalError("away")
        return await connect()

    async with processes(2) as (here, there):
        sitter = Sitter()
        await here.take(sitter.seat)
        first = here.connection
        monkeypatch.setattr(connection_locks, "connect", refuse_twice)
        await end_connection(here)
        await wait_until(lambda: here.connection not in (None, first))
        assert len(refused) == 2
        assert not await there.take(sitter.seat)
        assert sitter.evicted == 0


async def test_the_connection_is_watched_only_while_a_seat_is_held(quick_checks):
    async with processes(1) as (here,):
        sitter = Sitter()
        for _ in range(2):
            await here.take(sitter.seat)
            assert not here.watch.done()
            await here.leave(sitter.seat)
            await wait_until(here.watch.done)
        await here.take(sitter.seat)
        await here.close()
        await wait_until(here.watch.done)


async def test_seats_requested_together_are_locked_in_one_statement(monkeypatch):
    statements, execute = [], AsyncConnection.execute

    async def noting(self, query, *rest):
        statements.append(query)
        return await execute(self, query, *rest)

    monkeypatch.setattr(AsyncConnection, "execute", noting)
    async with processes(2) as (here, there):
        sitters = [Sitter() for _ in range(12)]
        await there.take(sitters[0].seat)
        statements.clear()
        taken = await asyncio.gather(*(here.take(each.seat) for each in sitters))
        assert taken == [False, *[True] * 11]
        assert sum("advisory_lock" in each for each in statements) == 1
        await here.leave(sitters[1].seat)
        assert await there.take(sitters[1].seat)


async def test_of_two_pages_that_want_one_seat_one_gets_it():
    async with processes(1) as (here,):
        first, page = Sitter(), Sitter()
        second = SocketSeat(first.seat.key, page.seat.page, page.evict)
        again = SocketSeat(first.seat.key, first.seat.page, page.evict)
        wanted = (first.seat, second, again)
        assert await asyncio.gather(*map(here.take, wanted)) == [True, False, True]
        assert (first.evicted, page.evicted) == (1, 0)
