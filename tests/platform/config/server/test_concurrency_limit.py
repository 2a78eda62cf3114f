"""Requests give way to the event loop while it is lagging."""

from __future__ import annotations

import asyncio
import math
import time

import pytest

from config.server.concurrency_limit import (
    AT_ONCE,
    CHECK_INTERVAL_S,
    LATE_S,
    SOCKETS_LAG,
    LoopLag,
    RequestSlots,
)


async def most_at_once(turns, requests):
    now, most = 0, 0

    async def ask():
        nonlocal now, most
        async with turns.turn():
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.01)
            now -= 1

    await asyncio.gather(*(ask() for _ in range(requests)))
    return most


async def block_the_loop(turns, seconds):
    """Return how late the loop was, read at its first measurement: each later one halves it."""
    await asyncio.sleep(CHECK_INTERVAL_S / 2)
    time.sleep(seconds)
    # The measurement runs after this task gives way once, and has run when it gives way again.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return turns.late_s


async def wait_until_in_time(turns):
    """Wait while the machine is too busy to run the loop in time."""
    async with asyncio.timeout(30):
        while turns.late_s > LATE_S:
            await asyncio.sleep(CHECK_INTERVAL_S)


def test_without_lag_a_few_requests_run_together():
    async def go():
        turns = RequestSlots()
        assert turns.late_s == 0
        await asyncio.sleep(2.5 * CHECK_INTERVAL_S)
        await wait_until_in_time(turns)
        return await most_at_once(turns, 4 * AT_ONCE)

    assert asyncio.run(go()) == AT_ONCE


def test_under_lag_requests_run_one_by_one_after_a_pause():
    async def go():
        turns = RequestSlots()
        late_s = await block_the_loop(turns, 0.4)
        began = time.monotonic()
        most = await most_at_once(turns, 2)
        return late_s, most, time.monotonic() - began

    late_s, most, took = asyncio.run(go())
    assert late_s > 0.2
    assert most == 1
    assert took > 2 * LATE_S


def told(turns, late_s, silent_s=0.0):
    async def go():
        await asyncio.sleep(2.5 * CHECK_INTERVAL_S)
        SOCKETS_LAG.report(late_s)
        await asyncio.sleep(silent_s)
        return await most_at_once(turns(), 4)

    try:
        return asyncio.run(go())
    finally:
        SOCKETS_LAG.reported_s, SOCKETS_LAG.at = 0.0, math.inf


def test_reported_lag_or_silence_of_the_sockets_limits_pages_too():
    assert told(RequestSlots, 0.2) == 1
    assert told(RequestSlots, 0.0, silent_s=CHECK_INTERVAL_S + 2 * LATE_S) == 1
    assert told(RequestSlots, 0.0) == AT_ONCE


def test_each_measurement_in_time_halves_the_lag():
    lag = LoopLag()
    lag.due = time.monotonic() - 0.4
    lag.measure()
    late_s = lag.late_s
    assert late_s >= 0.4
    for halvings in range(1, 9):
        lag.due = math.inf
        lag.measure()
        assert lag.late_s == pytest.approx(late_s / 2**halvings)


def test_after_the_lag_requests_run_together_again():
    async def go():
        turns = RequestSlots()
        await block_the_loop(turns, 0.4)
        await wait_until_in_time(turns)
        return await most_at_once(turns, 4 * AT_ONCE)

    assert asyncio.run(go()) == AT_ONCE


def test_a_cancelled_waiter_frees_its_slot():
    async def go():
        turns = RequestSlots()
        await block_the_loop(turns, 0.4)
        gone = asyncio.create_task(most_at_once(turns, 3))
        await asyncio.sleep(0)
        gone.cancel()
        return await asyncio.wait_for(most_at_once(turns, 1), 2)

    assert asyncio.run(go()) == 1
