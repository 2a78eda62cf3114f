"""With Redis as the layer the same call tells the same pages, only after the commit; a page that
may have missed a hint is told to read again."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction
from redis import asyncio as aioredis

import push
from push.hints import REREAD

BINARY = shutil.which("redis-server") or shutil.which("valkey-server")
LAYER = "push.redis_layer.RedisLayer"
SHOW = {"type": "intervention.show", "code": "f1"}


class Redis:
    """A server of the test's own, behind a socket in its folder."""

    def __init__(self, folder):
        self.folder, self.path = folder, folder / "r.sock"

    def start(self):
        command = [BINARY, "--port", "0", "--unixsocket", str(self.path), "--save", "", "--dir"]
        self.server = subprocess.Popen([*command, str(self.folder)], stdout=subprocess.DEVNULL)
        for _ in range(100):
            if self.path.exists():
                break
            time.sleep(0.05)

    def kill(self):
        self.server.kill()
        self.server.wait(10)
        self.path.unlink(missing_ok=True)


@pytest.fixture
def redis(tmp_path, settings):
    if BINARY is None:
        pytest.skip("no redis-server here: apt-get install redis-server, or valkey")
    server = Redis(tmp_path)
    server.start()
    config = {"hosts": [f"unix://{server.path}"]}
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": LAYER, "CONFIG": config}}
    yield server
    server.kill()


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_a_hint_is_told_after_the_commit_and_only_then(redis):
    from channels.layers import get_channel_layer

    layer = get_channel_layer()
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
    await layer.flush()


@pytest.mark.asyncio
async def test_after_redis_was_away_every_page_reads_again_and_hears_what_comes(redis):
    from channels.layers import get_channel_layer

    layer = get_channel_layer()
    one, two = await layer.new_channel(), await layer.new_channel()
    await layer.group_add("sitting.a", one)

    redis.kill()
    redis.start()

    for channel in (one, two):
        assert await asyncio.wait_for(layer.receive(channel), 10) == REREAD
    await layer.group_send("sitting.a", SHOW)
    assert await asyncio.wait_for(layer.receive(one), 5) == SHOW
    await layer.flush()


@pytest.mark.asyncio
async def test_a_page_whose_redis_never_was_away_is_not_told_to_read_again(redis):
    from channels.layers import get_channel_layer

    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add("sitting.a", channel)
    await layer.group_send("sitting.a", SHOW)
    assert await asyncio.wait_for(layer.receive(channel), 5) == SHOW
    await layer.flush()


@pytest.mark.asyncio
async def test_a_page_that_left_is_subscribed_to_no_more(redis):
    from channels.layers import get_channel_layer

    layer = get_channel_layer()
    channel = await layer.new_channel()
    asked = aioredis.Redis(unix_socket_path=str(redis.path))
    assert await asked.pubsub_channels() == [channel.encode()]

    for _ in range(2):
        await layer.forget(channel)

    assert await asked.pubsub_channels() == []
    await asked.aclose()
    await layer.flush()


@pytest.mark.asyncio
async def test_a_page_leaves_while_redis_is_away(redis, caplog):
    from channels.layers import get_channel_layer

    layer = get_channel_layer()
    channel = await layer.new_channel()
    redis.kill()

    await asyncio.wait_for(layer.forget(channel), 30)

    assert "push.redis_away" in caplog.text
    redis.start()
    await layer.flush()
