"""A hint reaches every page of its group when its transaction commits, and otherwise never."""

from __future__ import annotations

import asyncio
import os
import socket
from types import SimpleNamespace

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction

import push
from push.channel_groups import ChannelQueues
from push.listener import Listener, connection_parameters
from push.message_format import CHANNEL, REREAD
from push.postgres_layer import NotifyLayer

SHOW = {"type": "intervention.show", "code": "f1", "count": 2}
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


@pytest.fixture(autouse=True)
def layer(settings):
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "push.postgres_layer.NotifyLayer"}}
    from channels.layers import get_channel_layer

    return get_channel_layer()


@pytest.fixture(autouse=True)
def _close_connections():
    """Close the connection that each thread of sync_to_async holds: flushing must not wait."""
    yield
    connection.close()


def in_database(act):
    def closing(*args, **named):
        try:
            return act(*args, **named)
        finally:
            connection.close()

    return sync_to_async(closing, thread_sensitive=False)


@in_database
def decide(commits=True, message=SHOW, group="sitting.a"):
    try:
        with transaction.atomic():
            push.notify(group, message)
            if not commits:
                raise ZeroDivisionError
    except ZeroDivisionError:
        pass


async def page(layer, *groups):
    channel = await layer.new_channel()
    for group in groups:
        await layer.group_add(group, channel)
    return channel


async def told(layer, channel, within=2.0):
    return await asyncio.wait_for(layer.receive(channel), within)


async def nothing_for(layer, channel):
    listener = layer._loops[asyncio.get_running_loop()]
    await asyncio.sleep(0.2)
    return listener.boxes._boxes[channel].empty()


async def test_a_committed_hint_reaches_the_pages_of_its_group_only(layer):
    one, two = await page(layer, "sitting.a", "learner.m"), await page(layer, "sitting.a")
    other = await page(layer, "sitting.b")
    await decide()
    assert await told(layer, one) == SHOW
    assert await told(layer, two) == SHOW
    assert await nothing_for(layer, other)


async def test_a_hint_of_a_failed_transaction_is_never_delivered(layer):
    one = await page(layer, "sitting.a")
    await decide(commits=False)
    assert await nothing_for(layer, one)
    await decide()
    assert await told(layer, one) == SHOW


async def test_no_hint_is_delivered_before_the_commit(layer):
    one = await page(layer, "sitting.a")
    listener = layer._loops[asyncio.get_running_loop()]
    loop = asyncio.get_running_loop()

    @in_database
    def decide_slowly():
        with transaction.atomic():
            push.notify("sitting.a", SHOW)
            waiting = asyncio.sleep(0.2, listener.boxes._boxes[one].empty())
            return asyncio.run_coroutine_threadsafe(waiting, loop).result(5)

    assert await decide_slowly()
    assert await told(layer, one) == SHOW


async def test_hints_come_in_the_order_of_their_commits(layer):
    one = await page(layer, "sitting.a")
    for number in range(20):
        await decide(message={"type": "t", "n": number})
    assert [(await told(layer, one))["n"] for _ in range(20)] == list(range(20))


async def test_a_page_that_left_the_group_gets_no_hint(layer):
    one, two = await page(layer, "sitting.a"), await page(layer, "sitting.a")
    await layer.group_discard("sitting.a", one)
    await decide()
    assert await told(layer, two) == SHOW
    assert await nothing_for(layer, one)


async def test_all_pages_share_one_connection_and_the_last_gives_it_back(layer):
    pages = [await page(layer, "sitting.a") for _ in range(5)]
    listener = layer._loops[asyncio.get_running_loop()]
    first = listener.connection
    readers = [asyncio.ensure_future(layer.receive(channel)) for channel in pages]
    await asyncio.sleep(0.05)
    assert listener.connection is first
    assert not first.closed
    for reader in readers:
        reader.cancel()
    await asyncio.wait(readers)
    await asyncio.sleep(0.1)
    assert first.closed
    again = await page(layer, "sitting.a")
    await decide()
    assert await told(layer, again) == SHOW


async def test_after_an_interruption_every_page_reads_again_and_hears_again(layer):
    pages = [await page(layer, f"sitting.{number}") for number in range(3)]
    listener = layer._loops[asyncio.get_running_loop()]
    broken = listener.connection
    with socket.socket(fileno=os.dup(broken.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
    assert [await told(layer, channel, 5) for channel in pages] == [{"type": "push.reread"}] * 3
    assert listener.connection is not broken
    await decide(group="sitting.1")
    assert await told(layer, pages[1]) == SHOW


async def test_the_layer_itself_can_send_to_a_group_and_to_one_channel(layer):
    one, two = await page(layer, "sitting.a"), await page(layer, "sitting.a")
    await layer.group_send("sitting.a", SHOW)
    assert await told(layer, one) == await told(layer, two) == SHOW
    await layer.send(two, {"type": "direct"})
    assert await told(layer, two) == {"type": "direct"}
    assert await nothing_for(layer, one)


async def test_two_processes_hear_the_same_hint(layer):
    other = NotifyLayer()
    one, two = await page(layer, "sitting.a"), await page(other, "sitting.a")
    await decide()
    assert await told(layer, one) == await told(other, two) == SHOW


async def test_a_page_that_is_too_slow_is_asked_to_read_again():
    boxes = ChannelQueues(capacity=3)
    boxes.join("sitting.a", "x")
    for number in range(4):
        boxes.deliver("sitting.a", {"type": "t", "n": number})
    assert await boxes.take("x") == {"type": "push.reread"}
    boxes.deliver("sitting.a", SHOW)
    assert await boxes.take("x") == SHOW


async def test_an_unavailable_database_does_not_delay_a_page(monkeypatch):
    monkeypatch.setattr("push.listener.READY_TIMEOUT_S", 0.1)
    monkeypatch.setattr("push.listener.connection_parameters", lambda: {"host": "/nowhere"})
    listener = Listener(ChannelQueues(3), reconnect_s=0.05)
    await asyncio.wait_for(listener.start(), 2)
    listener.boxes.join("sitting.a", "x")
    monkeypatch.undo()
    assert await asyncio.wait_for(listener.boxes.take("x"), 5) == {"type": "push.reread"}
    listener.boxes.close("x")
    listener.stop_if_idle()
    await asyncio.sleep(0.05)


async def test_the_listener_follows_a_promotion_and_notices_silence_as_all_connections(monkeypatch):
    every = {
        "host": "one,two",
        "target_session_attrs": "read-write",
        "tcp_user_timeout": "5000",
        "connect_timeout": "2",
        "prepare_threshold": None,
        "context": object(),
    }
    monkeypatch.setattr("push.listener.default_connection", SimpleNamespace(
        get_connection_params=lambda: every
    ))  # fmt: skip
    assert connection_parameters() == {
        name: value for name, value in every.items() if name not in ("prepare_threshold", "context")
    }


async def test_a_listener_that_is_ended_while_it_connects_in_vain_stays_ended(monkeypatch):
    trying = asyncio.Event()

    async def in_vain(**_):
        trying.set()
        await asyncio.sleep(0.2)
        raise psycopg.OperationalError("away")

    monkeypatch.setattr(psycopg.AsyncConnection, "connect", in_vain)
    listener = Listener(ChannelQueues(100), reconnect_s=0.01)
    starting = asyncio.create_task(listener.start())
    await trying.wait()
    task = listener._task
    listener.stop_if_idle()
    await asyncio.wait([task], timeout=2)
    assert task.done()
    starting.cancel()


@in_database
def say_nonsense():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, 'no hint')", [CHANNEL])


async def test_a_notice_that_cannot_be_read_does_not_end_the_listening(layer):
    channel = await page(layer, "sitting.a")
    listener = await layer._start_listener()
    await say_nonsense()
    assert await asyncio.wait_for(layer.receive(channel), 5) == REREAD
    await decide()
    assert (await asyncio.wait_for(layer.receive(channel), 5))["code"] == "f1"
    assert not listener._task.done()
