"""The Redis layer: hints are delivered only after the commit.

A page that may have missed a hint is told to read again.
"""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.db import connection, transaction
from redis import asyncio as aioredis

import push
from push.message_format import REREAD

LAYER = "push.redis_layer.RedisLayer"
pytestmark = pytest.mark.asyncio
SHOW = {"type": "intervention.show", "code": "f1"}


@pytest_asyncio.fixture
async def layer(redis_server, settings):
    settings.CHANNEL_LAYERS = {
        "default": {"BACKEND": LAYER, "CONFIG": {"hosts": [redis_server.url]}}
    }
    from channels.layers import get_channel_layer

    found = get_channel_layer()
    yield found
    await found.flush()


@pytest.mark.django_db(transaction=True)
async def test_a_hint_is_delivered_only_after_the_commit(layer):
    channel = await layer.new_channel()
    await layer.group_add("sitting.a", channel)

    def decide(commits):
        try:
            with transaction.atomic():
                push.notify("sitting.a", {**SHOW, "committed": commits})
                if not commits:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass
        finally:
            connection.close()

    for commits in (False, True):
        await sync_to_async(decide, thread_sensitive=False)(commits)
    assert (await asyncio.wait_for(layer.receive(channel), 5))["committed"] is True
    await layer.group_discard("sitting.a", channel)


async def test_after_redis_was_away_every_page_reads_again_and_hears_what_comes(
    layer, redis_server
):
    one, two = await layer.new_channel(), await layer.new_channel()
    await layer.group_add("sitting.a", one)

    redis_server.kill()
    redis_server.start()

    for channel in (one, two):
        assert await asyncio.wait_for(layer.receive(channel), 10) == REREAD
    await layer.group_send("sitting.a", SHOW)
    assert await asyncio.wait_for(layer.receive(one), 5) == SHOW


async def test_a_page_whose_redis_never_was_away_is_not_told_to_read_again(layer):
    channel = await layer.new_channel()
    await layer.group_add("sitting.a", channel)
    await layer.group_send("sitting.a", SHOW)
    assert await asyncio.wait_for(layer.receive(channel), 5) == SHOW


async def test_a_page_that_left_is_subscribed_to_no_more(layer, redis_server):
    channel = await layer.new_channel()
    asked = aioredis.Redis(port=redis_server.port)
    assert await asked.pubsub_channels() == [channel.encode()]

    for _ in range(2):
        await layer.forget(channel)

    assert await asked.pubsub_channels() == []
    await asked.aclose()


async def test_a_page_leaves_while_redis_is_away(layer, redis_server, caplog):
    channel = await layer.new_channel()
    redis_server.kill()
    # Writing to a connection whose end is not known yet raises nothing.
    lost = layer._get_shard(channel)._pubsub.connection
    async with asyncio.timeout(10):
        while lost.is_connected:
            await asyncio.sleep(0.05)

    await asyncio.wait_for(layer.forget(channel), 30)

    assert "push.redis_away" in caplog.text
    redis_server.start()
