"""With Redis as the layer the same call tells the same pages, and only after the commit."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction

import push

BINARY = shutil.which("redis-server") or shutil.which("valkey-server")
SHOW = {"type": "intervention.show", "code": "f1"}


@pytest.fixture
def redis(tmp_path, settings):
    if BINARY is None:
        pytest.skip("no redis-server here: apt-get install redis-server, or valkey")
    path = tmp_path / "r.sock"
    command = [BINARY, "--port", "0", "--unixsocket", str(path), "--save", "", "--dir"]
    server = subprocess.Popen([*command, str(tmp_path)], stdout=subprocess.DEVNULL)
    for _ in range(100):
        if path.exists():
            break
        time.sleep(0.05)
    backend = "channels_redis.pubsub.RedisPubSubChannelLayer"
    hosts = [f"unix://{path}"]
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend, "CONFIG": {"hosts": hosts}}}
    yield
    server.terminate()
    server.wait(10)


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
