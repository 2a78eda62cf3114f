"""One socket a Sitting over all processes, also after the connection that holds the locks broke."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import asynccontextmanager

import pytest
from channels.db import database_sync_to_async
from django.db import connection

from classroom.seats import Seat, Seats

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


class Sitter:
    """A page at a seat; it notes when it was sent away."""

    def __init__(self):
        self.evicted = 0
        self.seat = Seat(uuid.uuid4(), uuid.uuid4(), self.evict)

    async def evict(self):
        self.evicted += 1


@asynccontextmanager
async def processes(count):
    found = [Seats() for _ in range(count)]
    yield found
    for each in found:
        await each.close()


async def break_connection(seats):
    def terminate():
        with connection.as_owner(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [seats.connection.info.backend_pid])
        connection.close()

    await database_sync_to_async(terminate)()
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


async def test_a_seat_that_another_process_took_meanwhile_is_given_up_here():
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
        assert not here.holds(lost.seat.own)
        assert here.holds(kept.seat.own)
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
