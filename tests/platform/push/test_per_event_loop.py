"""Each event loop has its own object."""

from __future__ import annotations

import asyncio

import pytest

from push.per_event_loop import PerLoop


def test_a_loop_is_given_the_same_each_time_and_another_loop_its_own():
    made = []
    per_loop = PerLoop(lambda: made.append([]) or made[-1])

    async def twice():
        return per_loop.current(), per_loop.current()

    (one, again), (other, _) = asyncio.run(twice()), asyncio.run(twice())
    assert one is again
    assert one is not other
    assert len(made) == 2


def test_outside_a_loop_it_raises():
    with pytest.raises(RuntimeError, match="no running event loop"):
        PerLoop(list).current()
