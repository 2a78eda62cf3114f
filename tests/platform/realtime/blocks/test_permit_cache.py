"""A plain key lives at most a second (I-2): the ingest of a socket drops its passes by itself."""

from __future__ import annotations

import asyncio
import gc
import time
from asyncio import AbstractEventLoop
from collections import Counter
from types import FunctionType, ModuleType

import pytest
import pytest_asyncio
from channels.db import database_sync_to_async
from django.utils import timezone

from realtime.blocks.ingest import BlockIngest
from telemetry.blocks.group_commit import NO_BEARER
from tests.fixtures.sockets.socket_client import block
from tests.platform.realtime.blocks.test_ingest import say_yes
from vault.encryption import Sealer
from vault.keystore import Key

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("process"),
]
SHARED = (ModuleType, FunctionType, type, AbstractEventLoop)


def keys_in(root):
    """Return every Key and Sealer reachable from an object, except through shared objects."""
    seen, waiting, found = {id(root)}, [root], []
    while waiting:
        one = waiting.pop()
        if isinstance(one, Key | Sealer):
            found.append(one)
        for each in gc.get_referents(one):
            if id(each) not in seen and not isinstance(each, SHARED):
                seen.add(id(each))
                waiting.append(each)
    return found


class Clock:
    """Timers that fire when the test advances the time."""

    def __init__(self):
        self.timers = []

    def later(self, delay, act):
        timer = Timer(delay, act)
        self.timers.append(timer)
        return timer

    def pass_by(self, seconds):
        for timer in [each for each in self.timers if each.delay <= seconds]:
            if not timer.cancelled:
                timer.act()


class Timer:
    def __init__(self, delay, act):
        self.delay, self.act, self.cancelled = delay, act, False

    def cancel(self):
        self.cancelled = True


@pytest_asyncio.fixture
async def ingest(settings, sitting):
    settings.LEGAL_PROFILE = "demo"
    await database_sync_to_async(say_yes)(sitting.learner, "pointer:adapt", "activity:adapt")
    clock = Clock()
    ingest = BlockIngest(sitting, _nothing, _nothing, bearer=NO_BEARER, later=clock.later)
    ingest.test_clock = clock
    await ingest.resume({})
    await ingest.open(timezone.now())
    yield ingest
    ingest.close()


async def _nothing(_):
    pass


async def test_no_key_is_reachable_from_the_ingest_a_second_after_the_last_block(ingest):
    await ingest.take(block("pointer", 0) + block("activity", 0))
    assert Counter(map(type, keys_in(ingest))) == {Key: 2, Sealer: 2}
    ingest.test_clock.pass_by(1.2)
    assert keys_in(ingest) == []


async def test_the_timer_counts_from_when_the_key_was_opened_and_not_from_the_block(ingest):
    await ingest.take(block("pointer", 0))
    await ingest.take(block("pointer", 1))
    until = min(held.key.until for held in ingest.passes.values())
    last = [timer for timer in ingest.test_clock.timers if not timer.cancelled]
    assert len(last) == 1
    assert last[0].delay <= 1
    assert time.monotonic() + last[0].delay <= until + 0.1


async def test_a_changed_grant_drops_the_keys_at_once(ingest):
    await ingest.take(block("pointer", 0))
    assert Counter(map(type, keys_in(ingest))) == {Key: 2, Sealer: 1}
    ingest.changed("pointer:adapt")
    assert keys_in(ingest) == []


async def test_a_socket_that_closed_keeps_no_key(ingest):
    ingest.close()
    assert keys_in(ingest) == []


async def test_after_the_keys_expired_the_next_block_loads_them_again(ingest):
    ingest.test_clock.pass_by(1.2)
    await ingest.take(block("pointer", 0))
    assert Counter(map(type, keys_in(ingest))) == {Key: 2, Sealer: 1}
    assert ingest.queued == []


async def test_real_timers_do_the_same(ingest, sitting):
    real = BlockIngest(sitting, _nothing, _nothing, bearer=NO_BEARER)
    await real.resume({})
    await real.open(timezone.now())
    await asyncio.sleep(1.2)
    assert keys_in(real) == []
    real.close()
