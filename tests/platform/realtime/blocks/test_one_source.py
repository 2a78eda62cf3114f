"""A Stream comes from one source at a time, page or token; a second one gets an error."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from attune_client.messages import make_hello
from telemetry.device_tokens import stream_locks
from telemetry.models import DeviceToken
from tests.fixtures.sockets.lab_device import BridgeClient, key_of
from tests.fixtures.sockets.socket_client import SocketPage, block
from tests.platform.realtime.test_device_consumer import in_database, lesson, stored  # noqa: F401

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


async def test_only_streams_held_by_a_token_are_refused_to_the_page(lesson):  # noqa: F811
    bridge = await BridgeClient.begun(lesson, "eda")
    page = await SocketPage(lesson).opened()
    await page.send(block("eda", 0, t0=1.0), block("ppg", 0, t0=1.0))
    error = await page.hear("error")
    assert (error["code"], error["stream"], error["seq"]) == ("other_source", "eda", 0)
    assert (await page.hear("ack"))["stream"] == "ppg"
    assert await stored(stream="eda") == 0
    await bridge.leave()
    await page.leave()


async def test_a_stream_the_page_sends_stays_with_the_page(lesson):  # noqa: F811
    page = await SocketPage(lesson).opened()
    await page.send(block("eda", 0, t0=1.0))
    await page.hear("ack")

    bridge = await BridgeClient.begun(lesson, "eda", "ppg")

    assert bridge.welcome["elsewhere"] == ["eda"]
    await bridge.send(block("eda", 1, t0=2.0))
    assert (await bridge.hear("error"))["code"] == "other_source"
    await page.send(block("eda", 1, t0=2.0))
    assert (await page.hear("ack"))["seq"] == 1
    await bridge.leave()
    await page.leave()


async def test_of_two_tokens_the_first_holds_the_stream(lesson):  # noqa: F811
    first = await BridgeClient.begun(lesson, "eda")
    second = await BridgeClient.begun(lesson, "eda", "ppg")
    assert (first.offered(), second.offered()) == ({"eda"}, {"ppg"})
    await first.leave()
    await second.leave()


async def test_a_stream_the_page_begins_meanwhile_stays_with_the_page(lesson, monkeypatch):  # noqa: F811
    page = await SocketPage(lesson).opened()
    monkeypatch.setattr(stream_locks, "held_by_tokens", lambda *_, **__: {})  # not seen yet
    _, text = await in_database(key_of)(lesson.learner, "eda")
    bridge = await BridgeClient.at(lesson, text)
    await bridge.say(make_hello(bridge.page))
    while not await in_database(DeviceToken.objects.filter(sitting=lesson).exists)():
        pass
    await page.send(block("eda", 0, t0=1.0))
    assert (await page.hear("ack"))["stream"] == "eda"

    assert (await bridge.hear("welcome"))["elsewhere"] == ["eda"]
    await bridge.leave()
    await page.leave()


async def test_after_the_bridge_the_page_continues_its_numbers(lesson):  # noqa: F811
    bridge = await BridgeClient.begun(lesson, "eda")
    page = await SocketPage(lesson).opened()
    await page.send(block("eda", 0, t0=1.0))
    await page.hear("error")
    await bridge.send(*(block("eda", seq, t0=2.0 + seq) for seq in range(3)))
    while (await bridge.hear("ack"))["seq"] != 2:
        pass
    await bridge.socket.send_input({"type": "websocket.disconnect", "code": 1000})
    await bridge.socket.wait(5)
    assert await in_database(held)(lesson) == frozenset()

    await page.silent(1.1)
    await page.send(block("ppg", 0, t0=6.0))

    told = await page.hear("consent.changed")
    assert (told["scope"], told["granted"], told["next_seq"]) == ("eda:adapt", True, 3)
    await page.send(block("eda", 3, t0=7.0))
    assert (await page.hear("ack"))["stream"] in ("eda", "ppg")
    await page.hear("ack")
    assert await stored(stream="eda") == 4
    await page.leave()


def held(sitting):
    code = sitting.learner.code
    found = stream_locks.held_by_tokens([code], now=timezone.now())
    return found.get(code, frozenset())


async def test_a_silent_program_releases_its_streams_after_half_a_minute(lesson):  # noqa: F811
    bridge = await BridgeClient.begun(lesson, "eda")
    await bridge.leave()
    assert await in_database(held)(lesson) == {(lesson.id, "eda")}
    old = timezone.now() - stream_locks.HELD_FOR - timedelta(seconds=1)
    await in_database(lambda: DeviceToken.objects.update(used_at=old))()
    assert await in_database(held)(lesson) == frozenset()


async def test_a_returning_program_keeps_its_stream(lesson):  # noqa: F811
    _, text = await in_database(key_of)(lesson.learner, "eda")
    first = await BridgeClient.at(lesson, text)
    await first.hello()
    await first.send(block("eda", 0, t0=1.0))
    await first.hear("ack")
    await first.leave()
    again = await BridgeClient.at(lesson, text)
    again.page = first.page
    assert (await again.hello())["elsewhere"] == []
    await again.leave()


async def test_a_released_stream_counts_as_another_source(lesson):  # noqa: F811
    bridge = await BridgeClient.begun(lesson, "eda")
    await bridge.send(block("eda", 0, t0=1.0))
    await bridge.hear("ack")
    await bridge.leave()
    await in_database(lambda: DeviceToken.objects.update(sitting=None, holding=[]))()
    other = await BridgeClient.begun(lesson, "eda")
    assert other.welcome["elsewhere"] == ["eda"]
    await other.leave()
