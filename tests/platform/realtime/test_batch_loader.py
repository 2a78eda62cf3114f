"""Sockets that ask at about the same moment share one query."""

from __future__ import annotations

import asyncio

import pytest

from realtime.batch_loader import MAX_BATCH, BatchLoader


def looking(looks, *, fails=False):
    async def look(asked):
        looks.append(asked)
        await asyncio.sleep(0.05)
        if fails:
            raise OSError("away")
        return {each: each * 2 for each in asked}

    return look


def test_those_of_one_moment_are_answered_by_one_look_and_each_its_own():
    async def go():
        looks = []
        loader = BatchLoader(looking(looks))
        said = await asyncio.gather(*(loader.load(n) for n in (1, 2, 3, 2)))
        return said, looks

    assert asyncio.run(go()) == ([2, 4, 6, 4], [[1, 2, 3]])


def test_who_asks_while_a_look_is_under_way_waits_for_the_next():
    async def go():
        looks = []
        loader = BatchLoader(looking(looks))
        first = asyncio.create_task(loader.load(1))
        while not looks:
            await asyncio.sleep(0.001)
        again = await loader.load(1)
        return await first, again, looks

    assert asyncio.run(go()) == (2, 2, [[1], [1]])


def test_a_crowd_is_answered_in_parts():
    async def go():
        looks = []
        loader = BatchLoader(looking(looks))
        await asyncio.gather(*(loader.load(n) for n in range(MAX_BATCH + 1)))
        return [len(look) for look in looks]

    assert asyncio.run(go()) == [MAX_BATCH, 1]


def test_what_goes_wrong_all_hear_who_asked_and_the_next_look_is_made():
    async def go():
        looks = []
        loader = BatchLoader(looking(looks, fails=True))
        heard = await asyncio.gather(loader.load(1), loader.load(2), return_exceptions=True)
        loader.fetch = looking(looks)
        return heard, await loader.load(1)

    heard, later = asyncio.run(go())
    assert [type(each) for each in heard] == [OSError, OSError]
    assert later == 2


def test_one_who_leaves_takes_nobody_elses_answer_along():
    async def go():
        loader = BatchLoader(looking([]))
        leaving, staying = (asyncio.create_task(loader.load(1)) for _ in range(2))
        await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        return await staying

    assert asyncio.run(go()) == 2
