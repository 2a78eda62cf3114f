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


def test_keys_loaded_together_share_one_call_and_get_their_own_values():
    async def go():
        looks = []
        loader = BatchLoader(looking(looks))
        said = await asyncio.gather(*(loader.load(n) for n in (1, 2, 3, 2)))
        return said, looks

    assert asyncio.run(go()) == ([2, 4, 6, 4], [[1, 2, 3]])


def test_a_key_loaded_during_a_call_waits_for_the_next():
    async def go():
        looks = []
        loader = BatchLoader(looking(looks))
        first = asyncio.create_task(loader.load(1))
        while not looks:
            await asyncio.sleep(0.001)
        again = await loader.load(1)
        return await first, again, looks

    assert asyncio.run(go()) == (2, 2, [[1], [1]])


def test_a_large_batch_is_split():
    async def go():
        looks = []
        loader = BatchLoader(looking(looks))
        await asyncio.gather(*(loader.load(n) for n in range(MAX_BATCH + 1)))
        return [len(look) for look in looks]

    assert asyncio.run(go()) == [MAX_BATCH, 1]


def test_an_error_reaches_every_caller_and_the_next_call_works():
    async def go():
        looks = []
        loader = BatchLoader(looking(looks, fails=True))
        heard = await asyncio.gather(loader.load(1), loader.load(2), return_exceptions=True)
        loader.fetch = looking(looks)
        return heard, await loader.load(1)

    heard, later = asyncio.run(go())
    assert [type(each) for each in heard] == [OSError, OSError]
    assert later == 2


def test_a_cancelled_caller_cancels_no_other():
    async def go():
        loader = BatchLoader(looking([]))
        leaving, staying = (asyncio.create_task(loader.load(1)) for _ in range(2))
        await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        return await staying

    assert asyncio.run(go()) == 2
