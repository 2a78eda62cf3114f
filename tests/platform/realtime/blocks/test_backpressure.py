"""A page is asked for fewer rows while the store is behind, and for all rows once it keeps up."""

from __future__ import annotations

import asyncio
import threading

import pytest
import pytest_asyncio
from channels.db import database_sync_to_async
from django.db import connection, transaction
from django.utils import timezone

from consent.grants import grants
from consent.notices import notices
from realtime.blocks import backpressure
from realtime.blocks.backpressure import Backpressure
from telemetry.models import Block
from tests.fixtures.sockets.socket_client import SocketPage, block

ASKED = [("face", 2.0), ("gaze", 5.0)]
USUAL = [("face", 10.0), ("gaze", 10.0)]


def test_a_store_that_keeps_up_asks_nothing():
    one = Backpressure()
    assert [list(one.update(0.1 * (at % 9), at)) for at in range(60)] == [[]] * 60


def test_it_asks_once_while_the_store_is_behind():
    one = Backpressure()
    assert list(one.update(backpressure.LATE_S, 0.0)) == ASKED
    assert list(one.update(9.0, 1.0)) == []


def test_all_rows_come_back_after_half_a_minute_in_time_and_not_sooner():
    one = Backpressure()
    list(one.update(5.0, 0.0))
    assert list(one.update(0.0, 1.0)) == []
    assert list(one.update(0.5, 20.0)) == []
    assert list(one.update(0.0, 21.0)) == []
    assert list(one.update(0.0, 50.9)) == []
    assert list(one.update(0.0, 51.0)) == USUAL
    assert list(one.update(0.0, 90.0)) == []


@pytest_asyncio.fixture
async def watched(settings, sitting, process):
    """mia's page with pointer and face."""
    settings.LEGAL_PROFILE = "demo"

    def say_yes():
        now = timezone.now()
        notices.publish(now)
        mia = sitting.learner
        for scope, group in (("pointer:adapt", "hands"), ("face:adapt", "camera")):
            notice = notices.current(group, mia.age_band, now=now)
            grants.grant(mia.code, [scope], notice=notice, now=now, actor=mia.code)

    await database_sync_to_async(say_yes)()
    page = await SocketPage(sitting).opened()
    yield page
    await page.leave()


def hold_the_store(held: threading.Event, let_go: threading.Event) -> None:
    """Lock the Blocks' table until `let_go` is set."""
    try:
        with connection.as_owner(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE telemetry_block IN ACCESS EXCLUSIVE MODE")
            held.set()
            let_go.wait(20)
    finally:
        connection.close()


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_a_waiting_page_is_slowed_only_for_granted_streams(watched, monkeypatch):
    monkeypatch.setattr(backpressure, "RECOVERED_S", 0.2)
    held, let_go = threading.Event(), threading.Event()
    store = asyncio.create_task(asyncio.to_thread(hold_the_store, held, let_go))
    await asyncio.to_thread(held.wait, 10)
    await watched.send(block("pointer", 0))
    await asyncio.sleep(backpressure.LATE_S + 0.2)
    await watched.send(block("pointer", 1))
    assert await watched.next() == {"type": "slow", "stream": "face", "rate_hz": 2.0}
    let_go.set()
    await store
    while (answer := await watched.next())["seq"] < 1:
        assert answer["type"] == "ack"
    await watched.send(block("pointer", 2))
    await watched.hear("ack")
    await asyncio.sleep(0.3)
    await watched.send(block("pointer", 3))
    assert await watched.hear("slow") == {"type": "slow", "stream": "face", "rate_hz": 10.0}
    await watched.hear("ack")
    assert await database_sync_to_async(Block.objects.count)() == 4
