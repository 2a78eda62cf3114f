"""Requests give way to the event loop while it comes late."""

from __future__ import annotations

import asyncio
import math
import time

import pytest

from config.turns import AT_ONCE, LATE_S, LOOK_S, SOCKETS, Lateness, Turns


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
    """Return how late the loop was, read at its first look: each later look halves it."""
    await asyncio.sleep(LOOK_S / 2)
    time.sleep(seconds)
    # The look runs after this task gives way once, and has run when it gives way again.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return turns.late_s


async def wait_until_in_time(turns):
    """Wait while the machine is too busy to run the loop in time."""
    async with asyncio.timeout(30):
        while turns.late_s > LATE_S:
            await asyncio.sleep(LOOK_S)


def test_while_the_loop_is_in_time_few_requests_have_their_turns_together():
    async def go():
        turns = Turns()
        assert turns.late_s == 0
        await asyncio.sleep(2.5 * LOOK_S)
        await wait_until_in_time(turns)
        return await most_at_once(turns, 4 * AT_ONCE)

    assert asyncio.run(go()) == AT_ONCE


def test_while_it_is_late_they_have_them_one_by_one_after_a_rest():
    async def go():
        turns = Turns()
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
        await asyncio.sleep(2.5 * LOOK_S)
        SOCKETS.hear(late_s)
        await asyncio.sleep(silent_s)
        return await most_at_once(turns(), 4)

    try:
        return asyncio.run(go())
    finally:
        SOCKETS.told_s, SOCKETS.at = 0.0, math.inf


def test_while_the_sockets_are_late_by_their_word_or_their_silence_pages_give_way_too():
    assert told(Turns, 0.2) == 1
    assert told(Turns, 0.0, silent_s=LOOK_S + 2 * LATE_S) == 1
    assert told(Turns, 0.0) == AT_ONCE


def test_each_look_in_time_halves_the_lateness():
    lateness = Lateness()
    lateness.due = time.monotonic() - 0.4
    lateness.look()
    late_s = lateness.late_s
    assert late_s >= 0.4
    for halvings in range(1, 9):
        lateness.due = math.inf
        lateness.look()
        assert lateness.late_s == pytest.approx(late_s / 2**halvings)


def test_once_it_is_in_time_again_they_have_them_together_again():
    async def go():
        turns = Turns()
        await block_the_loop(turns, 0.4)
        await wait_until_in_time(turns)
        return await most_at_once(turns, 4 * AT_ONCE)

    assert asyncio.run(go()) == AT_ONCE


def test_who_is_taken_away_while_waiting_leaves_the_turn_to_the_next():
    async def go():
        turns = Turns()
        await block_the_loop(turns, 0.4)
        gone = asyncio.create_task(most_at_once(turns, 3))
        await asyncio.sleep(0)
        gone.cancel()
        return await asyncio.wait_for(most_at_once(turns, 1), 2)

    assert asyncio.run(go()) == 1
