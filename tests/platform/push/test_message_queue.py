"""The queue of a socket's one reader: oldest first, and nothing is lost."""

from __future__ import annotations

import asyncio

import pytest

from push.message_queue import Inbox

pytestmark = pytest.mark.asyncio


async def test_what_came_before_the_reader_is_read_oldest_first():
    box = Inbox()
    for each in "abc":
        box.put_nowait(each)
    assert len(box) == 3
    assert [await box.get() for _ in range(3)] == ["a", "b", "c"]
    assert box.empty()


async def test_a_reader_that_waits_hears_all_that_comes_in_one_turn():
    box = Inbox()
    reading = asyncio.create_task(box.get())
    await asyncio.sleep(0)
    box.put_nowait("a")
    box.put_nowait("b")
    assert await reading == "a"
    assert await box.get() == "b"


async def test_a_reader_that_is_cancelled_takes_nothing_along():
    box = Inbox()
    reading = asyncio.create_task(box.get())
    await asyncio.sleep(0)
    box.put_nowait("a")
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    assert await box.get() == "a"


async def test_after_a_clear_the_reader_waits_again():
    box = Inbox()
    reading = asyncio.create_task(box.get())
    await asyncio.sleep(0)
    box.put_nowait("a")
    box.clear()
    await asyncio.sleep(0)
    assert not reading.done()
    box.put_nowait("b")
    assert await reading == "b"


async def test_a_second_reader_is_refused():
    box = Inbox()
    reading = asyncio.create_task(box.get())
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError):
        await box.get()
    box.put_nowait("a")
    assert await reading == "a"
